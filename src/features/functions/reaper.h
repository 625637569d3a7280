// What goes on behind functions: leases that are over end, and gauges tell how many items wait
// (rules UF8 and UF14 of the contract). Ending leases is idempotent: every gateway does it.
// Thread safety: start() and stop() from a thread that is not the loop's, turn() on the loop. What
// Parts refers to outlives the reaper, and the loop runs until stop() has returned.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "async/background_loop.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "queue/function_queue.h"

namespace layer::features::functions {

inline constexpr std::chrono::milliseconds kReapEvery{5'000};
inline constexpr std::size_t kReapedAtOnce = 1000;
// Those seen first have gauges; beyond it there are none.
inline constexpr std::size_t kGaugedFunctionsMax = 200;

class Reaper {
 public:
  struct Parts {
    queue::FunctionQueue& queue;
    const core::Clock& clock;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit Reaper(Parts parts);

  void start() { turns_.start(); }
  // Idempotent.
  void stop() { turns_.stop(); }

  // Everything once. Errors: those of the queue.
  async::Task<Result<void>> turn();

 private:
  using Gauge = std::shared_ptr<std::atomic<double>>;
  struct Shown {
    Gauge depth;
    std::array<Gauge, 3> states;  // pending, leased, failed
    Gauge oldest;
  };

  async::Task<Result<void>> reap();
  async::Task<Result<void>> show(const std::string& function);
  Shown gauges_of(const std::string& function);

  Parts parts_;
  async::BackgroundLoop turns_;
  std::map<std::string, Shown> shown_;
};

}  // namespace layer::features::functions
