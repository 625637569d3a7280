#include "gateway/request_metrics.h"

#include <algorithm>
#include <optional>

namespace layer::gateway {
namespace {

constexpr std::array<std::string_view, 5> kClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};

std::optional<RequestKind> kind_of(RouteId id) {
  switch (id) {
    case RouteId::kQuery:
    case RouteId::kMultiQuery:
    case RouteId::kQueryV1:
      return RequestKind::kQuery;
    case RouteId::kWrite:
    case RouteId::kWriteV1:
      return RequestKind::kUpsert;
    case RouteId::kMetadata:
    case RouteId::kMetadataV1:
      return RequestKind::kHead;
    case RouteId::kListNamespaces:
    case RouteId::kListNamespacesV1:
      return RequestKind::kList;
    default:
      return std::nullopt;
  }
}

}  // namespace

RequestMetrics::RequestMetrics(core::Metrics& metrics)
    : metrics_(metrics),
      namespaces_(metrics),
      received_(metrics.sample(spec(Metric::kReceivedBytes))),
      sent_(metrics.sample(spec(Metric::kSentBytes))),
      fetch_ids_{&metrics.sample(spec(Metric::kFetchBatchSize), {"get_doc"}),
                 &metrics.sample(spec(Metric::kFetchBatchSize), {"batch"})} {}

void RequestMetrics::count(const Exchange& exchange, int status, double seconds) {
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  const auto sample = [&](Metric metric) -> core::Sample& {
    const std::string_view source =
        exchange.served_by == ServedBy::kNothing ? "none" : name(exchange.served_by);
    return metrics_.sample(spec(metric),
                           {exchange.route().name, kClassNames[status_class], source});
  };
  Samples& found = by_route_[static_cast<std::size_t>(exchange.route().id)][status_class]
                            [static_cast<std::size_t>(exchange.served_by)];
  found.total.get([&]() -> core::Sample& { return sample(Metric::kRequests); }).add();
  found.duration.get([&]() -> core::Sample& { return sample(Metric::kRequestDuration); })
      .observe(seconds);
  received_.add(exchange.bytes_in);
  sent_.add(exchange.bytes_out);
  if (const auto& fetch = exchange.fetch) {
    namespaces_.observe_fetch(exchange.ns(), fetch->batch, fetch->cache_result, seconds);
    fetch_ids_[fetch->batch ? 1 : 0]->observe(static_cast<double>(fetch->ids));
  }
  if ((exchange.cache_used || exchange.cold) && exchange.target.store != nullptr) {
    const bool embedded = exchange.target.store->kind() == "embedded";
    namespaces_.count_cache_use(exchange.ns(), embedded, false);
    if (exchange.cold) {
      namespaces_.count_cache_use(exchange.ns(), embedded, true);
    }
  }
  // Names that nobody was let in to must not use up the labels.
  const auto kind = kind_of(exchange.route().id);
  if (kind && exchange.admitted) {
    const std::chrono::duration<double> store = exchange.upstream;
    const Outcome outcome = outcome_of(exchange, status);
    namespaces_.observe(*kind, exchange.ns(), outcome, seconds, store.count());
    if (exchange.rows_written) {
      namespaces_.observe_rows(exchange.ns(), *exchange.rows_written);
    }
    if (exchange.billed) {
      namespaces_.count_billing(exchange.ns(), exchange.target.store->kind() == "embedded",
                                *exchange.billed);
    }
    if (exchange.query_kind) {
      namespaces_.count_query(exchange.ns(), exchange.query_kind->filters,
                              exchange.query_kind->ranks, outcome);
      count_multi_query(exchange, outcome);
    }
  }
}

void RequestMetrics::count_multi_query(const Exchange& exchange, Outcome outcome) {
  const std::uint32_t queries = exchange.query_kind->queries;
  if (queries == 0) {
    return;
  }
  const std::string_view ns = namespaces_.label(exchange.ns());
  const std::string_view kind = exchange.target.store->kind();
  metrics_.sample(spec(Metric::kMultiQueries), {ns, kind, name(outcome)}).add();
  metrics_.sample(spec(Metric::kMultiQueryLegs), {ns, kind}).observe(queries);
  metrics_.sample(spec(Metric::kMultiQueryCalls), {ns, kind}).observe(exchange.upstream_calls);
}

Outcome outcome_of(const Exchange& exchange, int status) {
  if (status < 400) {
    return Outcome::kOk;
  }
  if (exchange.relayed_status != 0 || status == 502) {
    return Outcome::kStoreError;
  }
  if (status == 504) {
    return Outcome::kTimeout;
  }
  return status == 429 || status == 503 ? Outcome::kRejected : Outcome::kLayerError;
}

}  // namespace layer::gateway
