// What is counted of one remote store. The samples are looked up once, at start.
// Thread safety: all of it. Cost: one relaxed addition.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

#include "core/error.h"
#include "core/metrics.h"

namespace layer::store {

// How one exchange with a store ended.
enum class UpstreamOutcome : std::uint8_t {
  kOk,           // 1xx to 3xx
  kClientError,  // 4xx but 429
  kRateLimited,  // 429
  kServerError,  // 5xx
  kConnect,      // no address, no connection, no TLS
  kTimeout,
  kReset,
  kProtocol,
  kRefused,  // by the breaker or a limit of this process: the store was not asked
  kAborted,  // the caller went away, or its own body failed
  kCut,      // counted beside the answer's status: its body broke off before its end
};
std::string_view name(UpstreamOutcome outcome);
UpstreamOutcome outcome_of(int status);
UpstreamOutcome outcome_of(const Error& error);

class StoreMetrics {
 public:
  // Readings for the gauges; called while the metrics are printed, as long as those live.
  struct Gauges {
    std::function<double()> breaker_open;
    std::function<double()> connections_active;
    std::function<double()> connections_idle;
  };
  StoreMetrics(core::Metrics& metrics, std::string_view store, Gauges gauges);

  void count(UpstreamOutcome outcome) { requests_[static_cast<std::size_t>(outcome)]->add(); }
  // `reason` is one that retry_reason() gives, or "idle_closed".
  void count_retry(std::string_view reason);

 private:
  static constexpr std::size_t kOutcomes = 11;
  std::array<core::Sample*, kOutcomes> requests_{};
  std::map<std::string_view, core::Sample*> retries_;
};

}  // namespace layer::store
