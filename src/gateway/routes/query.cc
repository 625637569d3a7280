#include "gateway/routes/query.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "core/text.h"
#include "features/freshness/read_after.h"
#include "features/reserved/hide.h"
#include "gateway/offload.h"
#include "gateway/peeked_body.h"
#include "gateway/routes/multi_query.h"
#include "wire/reserved_names.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace reserved = features::reserved;

// What every stamped row may have. Names that a namespace does not know are ignored by the store.
const std::array<std::string, 2> kHidden = {std::string(wire::kStampAttribute),
                                            std::string(wire::kShardAttribute)};

// A member of a multi-query that asks for a stable read decides for all of them.
freshness::ReadLevel read_level(const reserved::QueryShape& shape,
                                const NamespaceSettings& settings) {
  const bool by_index =
      shape.understood && shape.level == reserved::Level::kNone && settings.reads_stable;
  if (by_index || shape.triggers.has(reserved::Trigger::kStable)) {
    return freshness::ReadLevel::kStable;
  }
  switch (shape.level) {
    case reserved::Level::kEventual:
      return freshness::ReadLevel::kEventual;
    case reserved::Level::kStable:
      return freshness::ReadLevel::kStable;
    default:
      return freshness::ReadLevel::kStrong;
  }
}

bool has_time_range(reserved::Triggers triggers) {
  return triggers.has(reserved::Trigger::kAsOf) ||
         triggers.has(reserved::Trigger::kWrittenBefore) ||
         triggers.has(reserved::Trigger::kBetween);
}

// What may have to be refused in a multi-query.
bool is_unpaged(reserved::Triggers triggers) {
  return triggers.has(reserved::Trigger::kCursor) || triggers.has(reserved::Trigger::kHybridText) ||
         triggers.has(reserved::Trigger::kAuto);
}

}  // namespace

bool shows_reserved(const Exchange& exchange) {
  const auto asked = exchange.request.headers.find("x-layer-reserved");
  return asked && core::equals_ignore_case(http::trim(*asked), "show");
}

async::Task<Result<http::Response>> QueryRoute::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await parts_.proxy.handle(exchange);  // the store says what is wrong with it
  }
  LAYER_CO_ASSIGN(const auto settings, parts_.settings.known(exchange.ns()));
  PeekedBody body(
      exchange, {.held_bytes_max = held_query_bytes_max, .decoded_bytes_max = decoded_bytes_max_});
  LAYER_CO_TRY(co_await body.read());
  LAYER_CO_ASSIGN(Seen seen, co_await look(exchange, body,
                                           settings.hides_reserved && !shows_reserved(exchange)));
  const freshness::ReadLevel level = read_level(seen.shape, settings);
  LAYER_CO_TRY(co_await wait_for_writes(exchange, settings, level));
  if (LayerQueries::concern_members(seen.shape)) {
    const std::string& written = seen.edited ? *seen.edited : body.text();
    LAYER_CO_ASSIGN(auto rewritten, co_await layers_.rewrite(exchange, settings, written));
    if (auto* const refusal = std::get_if<features::pages::StoreReply>(&rewritten)) {
      co_return relay_refusal(exchange, std::move(*refusal));
    }
    if (auto& text = std::get<std::string>(rewritten); text != written) {
      seen.edited = std::move(text);
      seen.shape = reserved::scan_query(*seen.edited);
    }
  }
  if (co_await layers_.concern(seen.shape, body.text(), settings.logical)) {
    co_return co_await layers_.answer(
        exchange, settings,
        {.body = seen.edited ? std::move(*seen.edited) : std::move(body.text()), .level = level});
  }
  const bool stable = level == freshness::ReadLevel::kStable;
  const bool cut = stable || has_time_range(seen.shape.triggers);
  if (const auto mark = parts_.stability.peek(settings.logical).stable_as_of_ms; mark && !cut) {
    exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*mark));
  }
  if (may_scatter(exchange, settings, seen.shape)) {
    LAYER_CO_ASSIGN(auto answer,
                    co_await scatter_.answer(
                        exchange, settings,
                        {.body = seen.edited ? *seen.edited : body.text(), .level = level}));
    if (answer) {
      co_return std::move(*answer);
    }
  }
  if (cut) {
    co_return co_await cut_.answer(
        exchange, settings,
        {.body = seen.edited ? std::move(*seen.edited) : std::move(body.text()),
         .decoded = body.decoded(),
         .stable = stable});
  }
  co_return co_await relay(exchange, body, std::move(seen));
}

async::Task<Result<QueryRoute::Seen>> QueryRoute::look(Exchange& exchange, PeekedBody& body,
                                                       bool hides) {
  Seen seen;
  if (!body.whole()) {
    co_return seen;
  }
  const auto work = [&]() -> Result<Seen> {
    Seen found{.shape = reserved::scan_query(body.text())};
    if (found.shape.queries && is_unpaged(found.shape.triggers)) {
      LAYER_TRY(check_multi_query(body.text()));
    }
    if (found.shape.projects && hides) {
      auto hidden = reserved::hide_in_query(body.text(), kHidden);
      if (hidden) {
        found.edited = std::move(hidden);
      }
    }
    return found;
  };
  LAYER_CO_ASSIGN(seen, co_await offload(parts_.pool, body.text().size(), work));
  if (seen.shape.understood) {
    exchange.query_kind = {.filters = seen.shape.has_filters,
                           .ranks = seen.shape.has_rank_by,
                           .queries = seen.shape.queries};
    if (exchange.route().id == RouteId::kMultiQuery && !seen.shape.has_queries) {
      co_return std::unexpected(queries_missing());
    }
  }
  co_return seen;
}

async::Task<Result<http::Response>> QueryRoute::relay(Exchange& exchange, PeekedBody& body,
                                                      Seen seen) {
  store::Call call =
      Proxy::make_call(exchange, seen.edited ? body.decoded() : body.forwards_decoded());
  if (seen.edited) {
    call.body = std::move(*seen.edited);
  } else {
    body.forward(call);
  }
  LAYER_CO_ASSIGN(auto answer, co_await parts_.proxy.send(exchange, std::move(call)));
  co_return parts_.proxy.relay(exchange, std::move(answer));
}

async::Task<Result<void>> QueryRoute::wait_for_writes(Exchange& exchange,
                                                      const NamespaceSettings& settings,
                                                      freshness::ReadLevel level) {
  LAYER_CO_ASSIGN(const auto after,
                  freshness::parse_read_after(exchange.request.headers, parts_.signer, parts_.hlc,
                                              parts_.clock.wall_ms()));
  if (after.empty()) {
    co_return Result<void>{};
  }
  const freshness::ReadTarget target{
      .store = *exchange.target.store,
      .ns = settings.logical,
      .physical = exchange.target.physical.value_or(std::string(exchange.ns())),
      .incarnation = settings.incarnation,
      .stamped = settings.rules.stamp,
      .authorization = exchange.caller ? std::string(exchange.caller->authorization()) : "",
      .stability = &parts_.stability};
  co_return co_await freshness::wait_for_writes(after, target, level, exchange.deadline);
}

}  // namespace layer::gateway
