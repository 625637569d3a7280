#include "gateway/cache_fence.h"

#include <algorithm>
#include <utility>

#include "gateway/metrics_table.h"

namespace layer::gateway {

WriteOutcome outcome_of(const Result<store::Answer>& answer) {
  if (answer) {
    constexpr int kAccepted = 202;
    if (answer->status == kAccepted || answer->status >= 500) {
      return WriteOutcome::kUnknown;
    }
    return answer->status >= 200 && answer->status < 300 ? WriteOutcome::kApplied
                                                         : WriteOutcome::kRefused;
  }
  switch (answer.error().code) {
    case ErrorCode::kCancelled:
    case ErrorCode::kGatewayTimeout:
    case ErrorCode::kInternal:
    case ErrorCode::kTimeout:
      return WriteOutcome::kUnknown;
    default:
      break;
  }
  const bool open = std::ranges::any_of(answer.error().fields, [](const auto& field) {
    return field.name == "outcome" && field.value == "unknown";
  });
  return open ? WriteOutcome::kUnknown : WriteOutcome::kRefused;
}

async::Task<> CacheFence::raise(cache::CachedNamespace ns, cache::FenceScope scope,
                                async::TimePoint deadline) {
  if (parts_.cache == nullptr) {
    co_return;
  }
  co_await proxy_.shield();
  fence_ = co_await parts_.cache->raise(std::move(ns), std::move(scope), deadline);
}

async::Task<> CacheFence::settle(const Result<store::Answer>& answer, core::Stamp stamp,
                                 std::optional<std::vector<wire::Id>> affected) {
  if (parts_.cache == nullptr) {
    co_return;
  }
  if (fence_) {
    co_await proxy_.shield();  // the call of the store has taken its own away
    bool taken = true;
    switch (outcome_of(answer)) {
      case WriteOutcome::kApplied:
        taken = co_await fence_->applied(stamp, std::move(affected));
        break;
      case WriteOutcome::kRefused:
        taken = co_await fence_->refused();
        break;
      case WriteOutcome::kUnknown:
        taken = co_await fence_->outcome_unknown();
        break;
    }
    fence_.reset();
    if (!taken && parts_.metrics != nullptr) {
      parts_.metrics->sample(spec(Metric::kFollowupFailures), {"fence"}).add();
    }
  }
  co_await proxy_.unshield();
}

}  // namespace layer::gateway
