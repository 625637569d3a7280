// What a process does again and again on its own account (rule BG1 of the contract): turns with
// pauses between them, a deadline a turn, a metric of the last good one, one line in the log when
// turns begin to fail and one when they work again.
// Thread safety: start() and stop() from a thread that is not the loop's, wake() on the loop. The
// event loop, the logger and what the turn refers to outlive it.
#pragma once

#include <functional>
#include <string_view>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"

namespace layer::async {

class BackgroundLoop {
 public:
  struct Options {
    std::string_view name;   // in the metric
    std::string_view fails;  // "leases are not looked after until the database is back"
    std::string_view works;  // "leases are looked after again"
    Duration every;          // the pause after a turn; up to a tenth longer
    Duration first{};        // the pause before the first turn; none without it
    Duration turn_max = std::chrono::minutes(1);
  };
  using Turn = std::function<Task<Result<void>>()>;

  // A turn that is cancelled neither failed nor worked.
  BackgroundLoop(Loop& loop, core::Logger& log, core::Metrics& metrics, Options options, Turn turn);

  void start();
  // Cancels the turn that runs and waits for it. Idempotent; no turn begins afterwards.
  void stop();
  // The next turn begins now, or when the one that runs is over.
  void wake();

 private:
  Task<> run();
  void tell(const Result<void>& outcome);

  Loop& loop_;
  core::Logger& log_;
  const Options options_;
  const Turn turn_;
  core::LoopMark mark_;
  TaskGroup tasks_;
  Timer wake_;
  bool woken_ = false;
  bool failing_ = false;
  bool stopping_ = false;
};

}  // namespace layer::async
