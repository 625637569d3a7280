// Sweeps when they are due (rule UF1 of the contract): a namespace of a function is swept at once
// when the function is new or has changed, and again discovery_interval after the last sweep ended;
// a few at a time. One of several gateways does it, by the lease "functions"; two at once would
// only read twice.
//
// Thread safety: start() and stop() from a thread that is not the loop's, look() from any. What
// Parts refers to outlives the sweeper, and the loop runs until stop() has returned.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "core/metrics.h"
#include "features/functions/discovery.h"
#include "features/functions/function_writes.h"
#include "queue/coordination.h"

namespace layer::features::functions {

inline constexpr std::chrono::seconds kSweepLookEvery{10};  // for what other gateways registered
inline constexpr std::chrono::seconds kSweepLeaseFor{30};
inline constexpr std::chrono::minutes kSweepBackoffMax{10};
inline constexpr std::size_t kSweepPagesAtOnce = 100;  // then others have their turn

// When a sweep is due, in epoch milliseconds. `failed_at_ms`: of the last in this process; nullopt:
// it did not fail here.
std::int64_t sweep_due_ms(const RegisteredFunction& function, const queue::Sweep& sweep,
                          std::optional<std::int64_t> failed_at_ms);

// Whether it is the time of day for sweeps that nobody asks for: always with the trigger discovery,
// in the windows of its cron with the trigger schedule (rule UF3). Paused functions make none.
bool may_sweep(const RegisteredFunction& function, std::int64_t now_ms);

class Sweeper {
 public:
  struct Parts {
    queue::FunctionQueue& queue;
    FunctionRegistry& registry;
    FunctionWrites& writes;                 // is told of the functions that there are
    Resolve resolve;                        // by the gateway's own credential
    queue::Coordination* shared = nullptr;  // null: this gateway is alone
    std::string gateway;
    async::CpuPool& pool;
    const core::Clock& clock;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit Sweeper(Parts parts);

  void start();
  // Idempotent.
  void stop();
  // Something was registered or changed: looks for sweeps that are due now.
  void look();

 private:
  using Place = std::pair<std::string, std::string>;  // function, namespace

  async::Task<> run();
  async::Task<Result<bool>> leads();
  // Begins what is due. When to look again.
  async::Task<Result<std::int64_t>> turn();
  async::Task<Result<std::int64_t>> begin_due(const RegisteredFunction& function,
                                              std::int64_t now_ms);
  async::Task<> sweep(RegisteredFunction function, std::string ns);

  Parts parts_;
  core::LoopMark turned_{parts_.metrics, "function_sweeps"};
  Discovery discovery_;
  async::TaskGroup tasks_;
  async::Timer wake_;
  std::set<Place> running_;
  std::map<Place, std::int64_t> failed_at_ms_;
  bool woken_ = false;
  bool stopping_ = false;
};

}  // namespace layer::features::functions
