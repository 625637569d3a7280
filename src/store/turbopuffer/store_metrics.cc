#include "store/turbopuffer/store_metrics.h"

#include "http/client_error.h"

namespace layer::store {
namespace {

using core::MetricKind;
using core::MetricSpec;

constexpr MetricSpec kRequests{"layer_upstream_requests_total", MetricKind::kCounter,
                               "calls of a store, repeats included, by how they ended",
                               "store outcome"};
constexpr MetricSpec kRetries{"layer_upstream_retries_total", MetricKind::kCounter,
                              "calls of a store sent again, by what went wrong before",
                              "store reason"};
constexpr MetricSpec kBreakerOpen{"layer_upstream_breaker_open", MetricKind::kGauge,
                                  "1 while a store's circuit breaker is open", "store"};
constexpr MetricSpec kConnections{"layer_upstream_connections", MetricKind::kGauge,
                                  "connections to a store", "store state"};

constexpr std::array<std::string_view, 11> kOutcomeNames{
    "ok",    "client_error", "rate_limited", "server_error", "connect", "timeout",
    "reset", "protocol",     "refused",      "aborted",      "cut"};
static_assert(kOutcomeNames.size() == static_cast<std::size_t>(UpstreamOutcome::kCut) + 1);

constexpr std::string_view kReasons[] = {"connect", "reset", "idle_closed", "429",
                                         "502",     "503",   "504"};

}  // namespace

std::string_view name(UpstreamOutcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

UpstreamOutcome outcome_of(int status) {
  if (status < 400) {
    return UpstreamOutcome::kOk;
  }
  if (status >= 500) {
    return UpstreamOutcome::kServerError;
  }
  return status == 429 ? UpstreamOutcome::kRateLimited : UpstreamOutcome::kClientError;
}

UpstreamOutcome outcome_of(const Error& error) {
  using http::ClientFailure;
  const auto failure = http::failure_of(error);
  if (!failure) {
    return UpstreamOutcome::kAborted;
  }
  switch (*failure) {
    case ClientFailure::kResolve:
    case ClientFailure::kConnect:
    case ClientFailure::kTls:
      return UpstreamOutcome::kConnect;
    case ClientFailure::kTimeout:
      return UpstreamOutcome::kTimeout;
    case ClientFailure::kReset:
    case ClientFailure::kIncomplete:
      return UpstreamOutcome::kReset;
    case ClientFailure::kProtocol:
      return UpstreamOutcome::kProtocol;
    case ClientFailure::kBusy:
      return UpstreamOutcome::kRefused;
    case ClientFailure::kCancelled:
      return UpstreamOutcome::kAborted;
  }
  return UpstreamOutcome::kAborted;
}

StoreMetrics::StoreMetrics(core::Metrics& metrics, std::string_view store, Gauges gauges) {
  static_assert(kOutcomes == kOutcomeNames.size());
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    requests_[i] = &metrics.sample(kRequests, {store, kOutcomeNames[i]});
  }
  for (const std::string_view reason : kReasons) {
    retries_[reason] = &metrics.sample(kRetries, {store, reason});
  }
  metrics.gauge(kBreakerOpen, {store}, std::move(gauges.breaker_open));
  metrics.gauge(kConnections, {store, "active"}, std::move(gauges.connections_active));
  metrics.gauge(kConnections, {store, "idle"}, std::move(gauges.connections_idle));
}

void StoreMetrics::count_retry(std::string_view reason) {
  if (const auto it = retries_.find(reason); it != retries_.end()) {
    it->second->add();
  }
}

}  // namespace layer::store
