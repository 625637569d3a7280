// The circuit breaker of one store (rule U4 of the contract). Closed, it counts; it opens after ten
// failures to reach the store in a row, or when of at least twenty calls in ten seconds half
// failed. Open, it refuses calls for five seconds; then one call is let through as a probe, whose
// outcome closes it or opens it for another five seconds.
// Thread safety: any loop, concurrently, without locks. Cost while closed: one load to admit, one
// addition to settle.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "async/task.h"
#include "store/turbopuffer/window_counts.h"

namespace layer::store {

class Breaker {
 public:
  static constexpr std::uint32_t kUnreachableInRowMax = 10;
  static constexpr std::uint64_t kCallsMin = 20;  // in ten seconds, before their failures count
  static constexpr async::Duration kOpenTime = std::chrono::seconds(5);
  // What a call is told to wait for while a probe is under way.
  static constexpr async::Duration kProbeWait = std::chrono::seconds(1);

  enum class Outcome : std::uint8_t {
    kAnswered,     // any status below 500
    kUnreachable,  // no connection, or no answer in time
    kFailed,       // 5xx, a connection lost before an answer, an answer that is not HTTP
    kAbandoned,    // says nothing of the store: cancelled, or the caller's own body failed
  };
  struct Admission {
    bool admitted = false;
    bool probe = false;
    async::Duration retry_after{};  // when not admitted
  };

  explicit Breaker(bool enabled) : enabled_(enabled) {}

  Admission admit(async::TimePoint now);
  // Of each admitted call, once.
  void settle(const Admission& admission, Outcome outcome, async::TimePoint now);
  // Open, or waiting for its probe.
  bool open() const { return state_.load(std::memory_order_relaxed) != State::kClosed; }

 private:
  enum class State : std::uint8_t { kClosed, kOpen, kProbing };

  void trip(State from, async::TimePoint now);
  void settle_probe(Outcome outcome, async::TimePoint now);

  const bool enabled_;
  std::atomic<State> state_{State::kClosed};
  std::atomic<async::TimePoint::rep> open_until_{0};
  std::atomic<std::uint32_t> unreachable_in_row_{0};
  WindowCounts calls_;  // and how many of them failed
};

}  // namespace layer::store
