// Carries changes between gateways that share a queue database: what this one announces reaches the
// others, and what they announce is told here, within about a second while the database answers, or
// at once where somebody says that it is time to look.
// While it does not, announcements wait (at most kPendingMax; then the oldest are dropped, and the
// ages of what others keep have to do).
//
// Thread safety: announce() from any thread; start() and stop() from a thread that is not the
// loop's. What Parts refers to outlives the feed, and the loop runs until stop() has returned.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "queue/coordination.h"

namespace layer::queue {

class ChangeFeed {
 public:
  static constexpr std::size_t kPendingMax = 10'000;

  struct Parts {
    Coordination& shared;
    core::Logger& log;
    async::Loop& loop;
    std::function<void(const Change&)> on_change;  // on the loop; those of this gateway as well
    std::chrono::milliseconds look_every = std::chrono::seconds(1);
    std::chrono::milliseconds clean_every = std::chrono::minutes(1);
    core::LoopMark turned{};  // of the loop, for metrics
  };
  explicit ChangeFeed(Parts parts);

  void start();
  // Idempotent. What is announced afterwards goes nowhere.
  void stop();
  void announce(std::string kind, std::string key);
  // Looks now; on the loop.
  void look() {
    due_ = true;
    timer_.cancel();
  }

 private:
  // All of it on the loop.
  async::Task<> run();
  async::Task<Result<void>> round();
  async::Task<Result<void>> send();
  async::Task<Result<void>> read();
  void note(const Result<void>& outcome);

  Parts parts_;
  async::TaskGroup tasks_;
  async::Timer timer_;
  std::deque<std::pair<std::string, std::string>> pending_;  // kind, key
  std::optional<std::int64_t> seen_{};
  async::TimePoint next_clean_{};
  bool due_ = false;  // somebody asked to look, or to send
  bool failing_ = false;
  bool stopping_ = false;
  std::atomic<bool> stopped_{false};
};

}  // namespace layer::queue
