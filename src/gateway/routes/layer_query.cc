#include "gateway/routes/layer_query.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/text.h"
#include "gateway/routes/cut_query.h"
#include "http/message.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace search = features::search;
using features::reserved::Trigger;

constexpr Trigger kOwnFields[] = {
    Trigger::kVector,     Trigger::kNearestToId,         Trigger::kCursor,
    Trigger::kPageWindow, Trigger::kIncludeLegBreakdown, Trigger::kHybridText,
    Trigger::kAuto};

bool has_any(features::reserved::Triggers triggers, std::span<const Trigger> any) {
  return std::ranges::any_of(any, [&](Trigger trigger) { return triggers.has(trigger); });
}

search::SearchPlace place_of(const Exchange& exchange, const NamespaceSettings& settings) {
  const auto scatter = exchange.request.headers.find("x-layer-scatter");
  const bool whole = scatter && core::equals_ignore_case(http::trim(*scatter), "off");
  return {
      .read = {.origin = {.store = exchange.target.store,
                          .physical = exchange.target.physical.value_or(std::string(exchange.ns())),
                          .authorization =
                              exchange.caller ? std::string(exchange.caller->authorization()) : ""},
               .ns = settings.logical,
               .shards = whole ? 1 : settings.scatter_shards,
               .threads = settings.scan_threads,
               .stamped = settings.rules.stamp,
               .id_type = settings.rules.id_type},
      .cached = {.store = std::string(exchange.target.store->name()),
                 .ns = settings.logical,
                 .incarnation = settings.incarnation}};
}

}  // namespace

async::Task<bool> LayerQueries::concern(const features::reserved::QueryShape& shape,
                                        std::string_view body, std::string ns) {
  if (!shape.understood || shape.has_queries) {
    co_return false;
  }
  co_return has_any(shape.triggers, kOwnFields) ||
      (shape.triggers.has(Trigger::kEmbed) && co_await parts_.searcher.embeds(body, std::move(ns)));
}

bool LayerQueries::concern_members(const features::reserved::QueryShape& shape) {
  constexpr Trigger kRewritten[] = {Trigger::kVector, Trigger::kNearestToId, Trigger::kPageWindow,
                                    Trigger::kIncludeLegBreakdown, Trigger::kEmbed};
  return shape.understood && shape.has_queries && has_any(shape.triggers, kRewritten);
}

async::Task<Result<http::Response>> LayerQueries::answer(Exchange& exchange,
                                                         const NamespaceSettings& settings,
                                                         Asked asked) {
  freshness::Stability stability;
  if (asked.level == freshness::ReadLevel::kStable) {
    stability = parts_.stability.look(settings.logical);
  }
  search::SearchAsk ask{.body = std::move(asked.body),
                        .cut = freshness::decide_read(asked.level, stability)};
  if (exchange.route().id == RouteId::kExplainQuery) {
    co_return co_await explain(exchange, place_of(exchange, settings), std::move(ask));
  }
  const auto begun = async::SteadyClock::now();
  auto outcome = co_await parts_.searcher.search(place_of(exchange, settings), std::move(ask),
                                                 exchange.deadline);
  exchange.upstream += async::SteadyClock::now() - begun;
  LAYER_CO_TRY(outcome);
  exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                            : ServedBy::kUpstream);
  if (auto* const refusal = std::get_if<features::pages::StoreReply>(&*outcome)) {
    co_return relay_refusal(exchange, std::move(*refusal));
  }
  const auto& found = std::get<search::SearchAnswer>(*outcome);
  exchange.upstream_calls += found.upstream_calls;
  tell_cut(exchange, found.cut, settings.logical, parts_.metrics);
  for (const std::string_view warning : found.warnings) {
    exchange.warn(warning);
  }
  if (found.partial) {
    exchange.answer_headers.set("x-layer-partial", "true");
  }
  if (found.next_cursor) {
    exchange.answer_headers.set("x-layer-next-cursor", *found.next_cursor);
  }
  std::string body = search::print_answer(found);
  exchange.billed = features::billing::read_billing(body);
  co_return http::json_response(200, std::move(body));
}

async::Task<Result<http::Response>> LayerQueries::explain(Exchange& exchange,
                                                          search::SearchPlace place,
                                                          search::SearchAsk ask) {
  LAYER_CO_ASSIGN(auto plan, co_await parts_.searcher.explain(std::move(place), std::move(ask),
                                                              exchange.deadline));
  if (auto* const refusal = std::get_if<features::pages::StoreReply>(&plan)) {
    co_return relay_refusal(exchange, std::move(*refusal));
  }
  co_return http::json_response(200, R"({"layer":)" + std::get<std::string>(plan) + "}");
}

async::Task<Result<search::TextOutcome>> LayerQueries::rewrite(Exchange& exchange,
                                                               const NamespaceSettings& settings,
                                                               std::string body) {
  co_return co_await parts_.searcher.rewrite_queries(place_of(exchange, settings), std::move(body),
                                                     exchange.deadline);
}

http::Response relay_refusal(Exchange& exchange, features::pages::StoreReply reply) {
  exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                            : ServedBy::kUpstream);
  exchange.relayed_status = reply.status;
  return {.status = reply.status,
          .headers = std::move(reply.headers),
          .body = std::move(reply.body),
          .stream = nullptr};
}

}  // namespace layer::gateway
