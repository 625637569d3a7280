// Time and chance as retries, their budget and the circuit breaker see them; tests bring their own.
// Thread safety: any loop, concurrently.
#pragma once

#include "async/task.h"
#include "core/clock.h"

namespace layer::store {

class RemoteClock : public core::Clock {
 public:
  std::int64_t wall_ms() const override;
  TimePoint steady() const override;
  virtual double random();  // evenly in [0, 1)
  // False when the sleep was cut short by a cancellation.
  virtual async::Task<bool> sleep(async::Duration duration);
};

}  // namespace layer::store
