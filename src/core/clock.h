// The two clocks of the world behind one interface, so that tests turn the hands themselves.
// Thread safety: all calls from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace layer::core {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  // Epoch milliseconds. May step back when the machine's time is corrected.
  virtual std::int64_t wall_ms() const = 0;
  // For durations and deadlines; never steps back.
  virtual TimePoint steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override;
  TimePoint steady() const override;
};

// Stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}

  std::int64_t wall_ms() const override { return wall_ms_.load(); }
  TimePoint steady() const override { return TimePoint(std::chrono::milliseconds(steady_ms_)); }

  // Both clocks move on.
  void advance(std::chrono::milliseconds by) {
    wall_ms_ += by.count();
    steady_ms_ += by.count();
  }
  // Somebody sets the machine's time; the steady clock does not care.
  void set_wall_ms(std::int64_t wall_ms) { wall_ms_ = wall_ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> steady_ms_{0};
};

}  // namespace layer::core
