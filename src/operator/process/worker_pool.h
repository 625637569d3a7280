// Which processes of one object begin and end, and when (rules SV2 and SV3 of the contract):
// decisions only, so that every one of them can be tested with a clock. Who follows the orders
// tells what became of each process.
//
// A worker has a number, the least that is free; it stays taken until the process has ended and
// what it left was put in order. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/clock.h"

namespace layer::workers {

inline constexpr std::chrono::seconds kShrinkEvery{2};
inline constexpr std::chrono::seconds kStopGrace{10};  // beyond the worker's own time-out
inline constexpr std::chrono::seconds kRestartWaitMax{60};
// Whoever ran so long before it crashed begins with the shortest wait again.
inline constexpr std::chrono::seconds kSteadyAfter{60};
inline constexpr std::size_t kCrashesMax = 5;  // within kCrashWindow
inline constexpr std::chrono::minutes kCrashWindow{5};
inline constexpr std::chrono::minutes kCrashLoopWait{5};
// Before another begins in the place of one that ended by itself without a fault.
inline constexpr std::chrono::seconds kRestAfterEnd{1};

enum class Ended : std::uint8_t {
  kAsked,    // it was told to
  kOrderly,  // by itself, exit code 0
  kCrash,    // by itself, otherwise
};

class WorkerPool {
 public:
  using TimePoint = core::Clock::TimePoint;
  using Number = std::uint32_t;

  struct Orders {
    std::vector<Number> start{};
    std::vector<Number> stop{};  // SIGTERM
    std::vector<Number> kill{};  // SIGKILL
    bool empty() const { return start.empty() && stop.empty() && kill.empty(); }
  };

  // How long a worker may take to end once it is told to, kStopGrace included.
  void set_patience(std::chrono::seconds patience) { patience_ = patience; }
  // What workers are started with has changed: those that run are stopped, and crashes of the old
  // ones are forgotten.
  void renew();

  // Whether turn() would choose one to stop: then it matters who is busy.
  bool shrinks(TimePoint now, std::uint32_t desired) const;
  // `busy`: hold leases.
  Orders turn(TimePoint now, std::uint32_t desired, const std::set<Number>& busy = {});
  // All of them are told to end now. `patience`: no longer than that.
  Orders stop_all(TimePoint now, std::chrono::seconds patience);

  // The process is there. False: it is not wanted any more and is to be told so.
  bool started(Number number, TimePoint now);
  // There is none: the program could not be started.
  void failed(Number number, TimePoint now);
  // What it left is in order.
  Ended exited(Number number, bool fault, TimePoint now);

  std::uint32_t running() const;  // and not told to end
  std::uint32_t starting() const;
  std::uint32_t stopping() const;
  bool empty() const { return slots_.empty(); }
  bool runs(Number number) const { return slots_.contains(number); }
  bool in_crash_loop(TimePoint now) const { return crash_loop_until_ && now < *crash_loop_until_; }
  // Until when nothing is started; nullopt: something may be.
  std::optional<TimePoint> waits_until(TimePoint now) const;

 private:
  enum class State : std::uint8_t { kStarting, kRunning, kStopping, kKilled };
  struct Slot {
    State state = State::kStarting;
    std::uint64_t generation = 0;
    TimePoint started_at{};
    TimePoint kill_at{};
    bool is_active() const { return state == State::kStarting || state == State::kRunning; }
  };

  std::uint32_t count(State state) const;
  std::uint32_t active() const;
  void stop(Number number, TimePoint now, Orders& orders);
  void shrink(TimePoint now, const std::set<Number>& busy, Orders& orders);
  void grow(TimePoint now, std::uint32_t desired, Orders& orders);
  void wait_longer(TimePoint now);

  std::map<Number, Slot> slots_;
  std::chrono::seconds patience_ = kStopGrace;
  std::uint64_t generation_ = 0;
  std::optional<TimePoint> shrunk_at_;
  std::uint32_t failures_ = 0;  // in a row
  std::optional<TimePoint> not_before_;
  std::deque<TimePoint> crashes_;  // within kCrashWindow
  std::optional<TimePoint> crash_loop_until_;
};

}  // namespace layer::workers
