// How many repeats one store gets (rule U2 of the contract): over ten seconds at most a tenth of
// its calls, and ten in any case, so that repeats never multiply the load of a store in trouble.
// Thread safety: any loop, concurrently. Cost: one atomic addition a call; a lock a repeat.
#pragma once

#include <cstdint>
#include <mutex>

#include "async/task.h"
#include "store/turbopuffer/window_counts.h"

namespace layer::store {

class RetryBudget {
 public:
  static constexpr std::uint64_t kRetriesMin = 10;
  static constexpr std::uint64_t kCallsARetry = 10;

  void count_call(async::TimePoint now) { calls_.add(now, 1, 0); }
  // False when the budget is spent.
  bool take(async::TimePoint now);

 private:
  WindowCounts calls_;  // and how many repeats were made
  std::mutex taking_;   // a check and an addition that belong together
};

}  // namespace layer::store
