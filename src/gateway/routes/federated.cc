#include "gateway/routes/federated.h"

#include <algorithm>
#include <array>
#include <utility>

#include "features/federated/granted_names.h"
#include "features/federated/print_answer.h"
#include "features/freshness/read_after.h"
#include "features/reserved/hide.h"
#include "gateway/auth/authorise.h"
#include "gateway/offload.h"
#include "gateway/peeked_body.h"
#include "gateway/routes/query.h"
#include "wire/reserved_names.h"

namespace layer::gateway {
namespace {

namespace federated = features::federated;
namespace freshness = features::freshness;
namespace namespaces = features::namespaces;

const std::array<std::string, 2> kHidden = {std::string(wire::kStampAttribute),
                                            std::string(wire::kShardAttribute)};

std::string authorization_of(const Exchange& exchange) {
  return exchange.caller ? std::string(exchange.caller->authorization()) : "";
}

// The store's refusal as it came (rule E1).
http::Response relay(Exchange& exchange, features::pages::StoreReply reply) {
  exchange.relayed_status = reply.status;
  return {.status = reply.status,
          .headers = std::move(reply.headers),
          .body = std::move(reply.body),
          .stream = nullptr};
}

freshness::ReadLevel level_of(const federated::FederatedAsk& ask,
                              const NamespaceSettings& settings) {
  return ask.level.value_or(settings.reads_stable ? freshness::ReadLevel::kStable
                                                  : freshness::ReadLevel::kStrong);
}

void add_cache(features::search::SearchPlace& place, const resources::IndexSpec& settings) {
  if (settings.cache) {
    place.cached.ttl = settings.cache->ttl;
    place.cached.writers_gateway_only = settings.cache->writers_gateway_only;
    place.cached.staging = settings.cache->staging;
  }
}

}  // namespace

async::Task<Result<http::Response>> FederatedRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(auto ask, co_await read_ask(exchange));
  const TablePtr table = parts_.router.table();
  if (ask.all) {
    const Caller& caller = *exchange.caller;
    const namespaces::MayRead readable = [&](const store::VectorStore& store, std::string_view ns) {
      // What a passthrough caller may read is in the list that the store gives it.
      return caller.is_passthrough() || may_read(caller, store.name(), ns);
    };
    LAYER_CO_ASSIGN(auto names,
                    co_await federated::granted_names(table,
                                                      {.authorization = authorization_of(exchange),
                                                       .namespaces_max = parts_.namespaces_max,
                                                       .deadline = exchange.deadline},
                                                      readable));
    if (auto* const refusal = std::get_if<features::pages::StoreReply>(&names)) {
      co_return relay(exchange, std::move(*refusal));
    }
    ask.namespaces = std::get<std::vector<std::string>>(std::move(names));
  } else {
    LAYER_CO_TRY(authorise(exchange, table, ask.namespaces));
  }
  std::string hidden;
  if (!shows_reserved(exchange)) {
    hidden = features::reserved::hide_in_query(ask.query, kHidden).value_or("");
  }
  federated::FederatedRun run{
      .filter = ask.filter ? &*ask.filter : nullptr, .strict = ask.strict, .top_k = ask.top_k};
  for (const std::string& name : ask.namespaces) {
    run.places.push_back(place_of(exchange, table, name, ask, hidden));
  }
  LAYER_CO_TRY(co_await wait_for_writes(exchange, run.places, ask));
  const auto begun = async::SteadyClock::now();
  auto outcome = co_await parts_.query.run(std::move(run), exchange.deadline);
  exchange.upstream += async::SteadyClock::now() - begun;
  LAYER_CO_TRY(outcome);
  if (auto* const refusal = std::get_if<features::pages::StoreReply>(&*outcome)) {
    co_return relay(exchange, std::move(*refusal));
  }
  co_return co_await answer(exchange, std::get<federated::FederatedAnswer>(std::move(*outcome)));
}

async::Task<Result<federated::FederatedAsk>> FederatedRoute::read_ask(Exchange& exchange) const {
  PeekedBody body(exchange, {.held_bytes_max = held_query_bytes_max,
                             .decoded_bytes_max = held_query_bytes_max + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(held_query_bytes_max));
  }
  const auto parse = [&] { return federated::parse_ask(body.text(), parts_.namespaces_max); };
  co_return co_await offload(parts_.pool, body.text().size(), parse);
}

// All of them before any is asked: a name that is not granted tells nothing about the others.
Result<void> FederatedRoute::authorise(const Exchange& exchange, const TablePtr& table,
                                       const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    const auto route = table->find(name);
    const store::VectorStore& store = route ? *route->store : table->default_store();
    LAYER_TRY(parts_.auth.authorise(*exchange.caller, Scope::kRead, store.name(), name));
  }
  return {};
}

federated::FederatedPlace FederatedRoute::place_of(const Exchange& exchange, const TablePtr& table,
                                                   const std::string& name,
                                                   const federated::FederatedAsk& ask,
                                                   const std::string& hidden_query) const {
  federated::FederatedPlace out{.name = name, .place = {}, .query = ask.query};
  const auto route = table->find(name);
  const auto settings = parts_.settings.known(name);
  if (!route || !settings) {
    out.error = route ? settings.error() : route.error();
    return out;
  }
  if (settings->hides_reserved && !hidden_query.empty()) {
    out.query = hidden_query;
  }
  out.place.read = {.origin = {.store = route->store,
                               .physical = std::string(route->physical),
                               .authorization = authorization_of(exchange)},
                    .ns = settings->logical,
                    .shards = settings->scatter_shards,
                    .threads = settings->scan_threads,
                    .stamped = settings->rules.stamp,
                    .id_type = settings->rules.id_type};
  out.place.cached = {.store = std::string(route->store->name()),
                      .ns = settings->logical,
                      .incarnation = settings->incarnation};
  add_cache(out.place, namespaces::settings(*route));
  const freshness::ReadLevel level = level_of(ask, *settings);
  freshness::Stability stability;
  if (level == freshness::ReadLevel::kStable) {
    stability = parts_.stability.look(settings->logical);
  } else {
    stability = parts_.stability.peek(settings->logical);
  }
  out.cut = freshness::decide_read(level, stability);
  out.stable_as_of_ms = stability.stable_as_of_ms;
  out.profile = federated::profile_of(route->index);
  return out;
}

async::Task<Result<void>> FederatedRoute::wait_for_writes(
    const Exchange& exchange, const Places& places, const federated::FederatedAsk& ask) const {
  LAYER_CO_ASSIGN(const auto after,
                  freshness::parse_read_after(exchange.request.headers, parts_.signer, parts_.hlc,
                                              parts_.clock.wall_ms()));
  for (const federated::FederatedPlace& place : places) {
    const std::string& ns = place.place.read.ns;
    const bool named = std::ranges::any_of(
        after.tokens, [&](const freshness::WriteToken& token) { return token.ns == ns; });
    if (!named || place.error) {
      continue;
    }
    LAYER_CO_ASSIGN(const auto settings, parts_.settings.known(place.name));
    const freshness::ReadTarget target{.store = *place.place.read.origin.store,
                                       .ns = ns,
                                       .physical = place.place.read.origin.physical,
                                       .incarnation = place.place.cached.incarnation,
                                       .stamped = place.place.read.stamped,
                                       .authorization = place.place.read.origin.authorization,
                                       .stability = &parts_.stability};
    LAYER_CO_TRY(co_await freshness::wait_for_writes(after, target, level_of(ask, settings),
                                                     exchange.deadline));
  }
  co_return Result<void>{};
}

async::Task<Result<http::Response>> FederatedRoute::answer(
    Exchange& exchange, federated::FederatedAnswer answer) const {
  if (!answer.namespaces.empty()) {
    exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                              : ServedBy::kUpstream);
  }
  exchange.upstream_calls += answer.upstream_calls;
  if (const auto mark = federated::stable_as_of(answer)) {
    exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*mark));
  }
  if (answer.partial) {
    exchange.answer_headers.set("x-layer-partial", "true");
  }
  for (const std::string_view warning : answer.warnings) {
    exchange.warn(warning);
  }
  if (std::ranges::any_of(answer.errors, [](const federated::NamespaceFault& fault) {
        return fault.code == "gateway_timeout";
      })) {
    exchange.warn("deadline");
  }
  std::size_t bytes = 0;
  for (const std::string& row : answer.rows) {
    bytes += row.size();
  }
  const auto print = [&]() -> Result<std::string> { return federated::print_answer(answer); };
  LAYER_CO_ASSIGN(auto body, co_await offload(parts_.pool, bytes, print));
  exchange.billed = features::billing::read_billing(body);
  co_return http::json_response(200, std::move(body));
}

}  // namespace layer::gateway
