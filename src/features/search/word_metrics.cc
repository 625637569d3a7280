#include "features/search/word_metrics.h"

#include <array>

namespace layer::features::search {
namespace {

constexpr std::array kTokenBuckets{1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 15.0};

constexpr core::MetricSpec kQueries{.name = "hevlayer_hybrid_text_queries_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "hybrid text queries by how they ended",
                                    .labels = "namespace store_kind status"};
constexpr core::MetricSpec kTokens{.name = "hevlayer_hybrid_text_tokens",
                                   .kind = core::MetricKind::kHistogram,
                                   .help = "words that a hybrid text query looked for",
                                   .labels = "namespace store_kind",
                                   .buckets = kTokenBuckets};
constexpr core::MetricSpec kDecisions{.name = "hevlayer_query_router_decisions_total",
                                      .kind = core::MetricKind::kCounter,
                                      .help = "routes that Auto took, and whether they were run",
                                      .labels = "namespace store_kind route executed"};

std::string_view status_of(const Result<hybrid::HybridOutcome>& outcome) {
  if (outcome) {
    return std::holds_alternative<hybrid::HybridAnswer>(*outcome) ? "ok" : "tpuf_error";
  }
  switch (outcome.error().code) {
    case ErrorCode::kGatewayTimeout:
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kServiceUnavailable:
    case ErrorCode::kStoreUnavailable:
    case ErrorCode::kRateLimited:
      return "rejected";
    case ErrorCode::kUpstream:
      return "tpuf_error";
    default:
      return "layer_error";
  }
}

}  // namespace

void count_hybrid(core::Metrics& metrics, CountedPlace place,
                  const Result<hybrid::HybridOutcome>& outcome) {
  metrics.sample(kQueries, {place.ns, place.store_kind, status_of(outcome)}).add();
  if (const auto* const answer = outcome ? std::get_if<hybrid::HybridAnswer>(&*outcome) : nullptr) {
    metrics.sample(kTokens, {place.ns, place.store_kind})
        .observe(static_cast<double>(answer->tokens));
  }
}

void count_routing(core::Metrics& metrics, CountedPlace place, const Routing& routing) {
  metrics
      .sample(kDecisions, {place.ns, place.store_kind, hybrid::name(routing.route),
                           routing.executed ? "true" : "false"})
      .add();
}

}  // namespace layer::features::search
