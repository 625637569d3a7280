#include "store/turbopuffer/retry_budget.h"

#include <algorithm>

namespace layer::store {

bool RetryBudget::take(async::TimePoint now) {
  const std::lock_guard lock(taking_);
  const auto sum = calls_.sum(now);
  if (sum.part >= std::max(kRetriesMin, sum.all / kCallsARetry)) {
    return false;
  }
  calls_.add(now, 0, 1);
  return true;
}

}  // namespace layer::store
