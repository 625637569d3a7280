// What goes on behind pipelines: leases that are over end, and gauges tell how many documents wait
// where (rules PL4 and PL8 of the contract). Ending leases is idempotent: every gateway does it.
// Thread safety: start() and stop() from a thread that is not the loop's, turn() on the loop. What
// Parts refers to outlives the reaper, and the loop runs until stop() has returned.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "async/background_loop.h"
#include "core/log.h"
#include "core/metrics.h"
#include "queue/document_queue.h"

namespace layer::features::pipelines {

inline constexpr std::chrono::milliseconds kReapEvery{5'000};
inline constexpr std::size_t kReapedAtOnce = 1000;
// Those seen first have gauges; beyond it there are none.
inline constexpr std::size_t kGaugedPipelinesMax = 50;
inline constexpr std::size_t kGaugedStagesMax = 20;  // of a pipeline

class Reaper {
 public:
  struct Parts {
    queue::DocumentQueue& queue;
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
  using Gauge = std::shared_ptr<std::atomic<std::uint64_t>>;
  struct Shown {
    Gauge depth;
    std::map<std::string, Gauge, std::less<>> stages;
  };

  async::Task<Result<void>> reap();
  async::Task<Result<void>> show(const std::string& pipeline);

  Parts parts_;
  async::BackgroundLoop turns_;
  std::map<std::string, Shown> shown_;
};

}  // namespace layer::features::pipelines
