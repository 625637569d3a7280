// Brings deletions to their end in the background, whoever began them: looks for intents at start
// and every 30 s, works on at most four at once, repeats what failed after 1, 2, 4 ... 60 s.
//
// An intent of another process, or of this one before it died, is taken up when it is older than
// any request can be, so that nobody settles a delete that is still being asked for.
//
// Thread safety: start() and stop() from a thread that is not the loop's; purge(), settle(),
// cancel() and request_stop() from any. None of them after stop() has returned. What Parts refers
// to outlives the purger, and the loop runs until stop() has returned.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "features/deletions/purge.h"

namespace layer::features::deletions {

struct PurgerOptions {
  std::size_t at_once_max = 4;
  std::size_t open_max = 10'000;  // deletions in memory; the others wait in the object store
  std::chrono::milliseconds attempt_max = std::chrono::seconds(30);
  std::chrono::milliseconds retry_first = std::chrono::seconds(1);
  std::chrono::milliseconds retry_max = std::chrono::seconds(60);
  std::chrono::milliseconds discovery_every = std::chrono::seconds(30);
  std::chrono::milliseconds retention_every = std::chrono::hours(1);
  // Longer than the deadline of a delete request.
  std::chrono::milliseconds foreign_intent_age = std::chrono::seconds(150);
};

class Purger {
 public:
  struct Parts {
    Purge& purge;
    Ledger& ledger;
    const core::Clock& clock;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit Purger(Parts parts, PurgerOptions options = {});

  void start();
  void request_stop();
  // Cancels what runs and waits for it; what is unfinished goes on with the next process.
  void stop();

  // The store has deleted the namespace.
  void purge(PurgeIntent intent);
  // Nobody knows whether it has.
  void settle(PurgeIntent intent);
  // The delete was refused: the intent goes, and nothing else happens.
  void cancel(PurgeIntent intent);

 private:
  enum class Work : std::uint8_t { kPurge, kSettle, kCancel };
  struct Entry {
    PurgeIntent intent;
    Work work;
    std::size_t failures = 0;
    async::TimePoint due{};
    bool running = false;
  };

  // Everything below runs on the loop.
  void submit(PurgeIntent intent, Work work);
  void add(PurgeIntent intent, Work work);
  async::Task<> run();
  void start_due(async::TimePoint now);
  async::TimePoint next_wake() const;
  void wake();
  async::Task<> work(std::string id);
  async::Task<Result<bool>> step(Entry entry, async::TimePoint deadline);
  void finish(const std::string& id, const Result<bool>& ended);
  async::Task<> discover();
  async::Task<> take_up_intents();
  async::Task<> drop_old_receipts();
  core::Sample& pending(const Entry& entry);

  Parts parts_;
  core::LoopMark turned_{parts_.metrics, "deletions"};
  const PurgerOptions options_;
  async::TaskGroup tasks_;
  async::Timer wake_;
  bool woken_ = false;
  bool stopping_ = false;
  bool discovering_ = false;
  async::TimePoint next_discovery_{};
  async::TimePoint next_retention_{};
  std::size_t running_ = 0;
  std::map<std::string, Entry> open_;  // by id: oldest first
};

}  // namespace layer::features::deletions
