// The watcher: polls the metadata of namespaces in use and answers how far each is indexed, so that
// reads cost no call to find out. It sees the writes of this gateway and, with a queue database
// that gateways share, those of the others (peers.h); without one it does not see theirs. Thread
// safety: all calls from any thread; start() and stop() from one that is not the loop's, in pairs.
// What Parts refers to outlives it.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task_group.h"
#include "core/loop_mark.h"
#include "core/metrics.h"
#include "features/freshness/write_watch.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/store_metadata.h"
#include "features/watcher/peers.h"
#include "features/watcher/watch_gauges.h"
#include "features/watcher/watch_table.h"

namespace layer::features::watcher {

inline constexpr std::size_t kPollsMax = 64;  // at the same time
inline constexpr std::chrono::seconds kPollTimeout{10};

class Watcher final : public freshness::StabilitySource, public freshness::WriteWatch {
 public:
  struct Parts {
    const namespaces::Router& router;
    freshness::HybridClock& hlc;
    const core::Clock& clock;
    // Whether the gateway may call the store on its own account.
    std::function<bool(const store::VectorStore&)> has_credential;
    core::Metrics& metrics;
    async::Loop& loop;
    core::Logger& log;
    queue::Coordination* shared = nullptr;  // null: there are no other gateways
    Peers::Self self{};
  };
  Watcher(Parts parts, WatchOptions options);

  // Told on the loop of each poll that found a namespace stable. Before start().
  void on_stable(std::function<void(std::string_view ns)> listener) {
    on_stable_ = std::move(listener);
  }
  // Awaited on the loop when the store's time of the last write shows that somebody wrote past this
  // gateway; only where no other gateway shares the database. Before start().
  void on_foreign_write(std::function<async::Task<>(std::string ns)> listener) {
    on_foreign_write_ = std::move(listener);
  }
  void start();
  // Idempotent. What is known stays known.
  void stop();

  // Names are logical ones.
  freshness::Stability look(std::string_view ns) override;
  freshness::Stability peek(std::string_view ns) override { return table_.stability(ns); }
  void await_stamp(std::string_view ns, std::int64_t stamp_ms) override;
  std::uint64_t begin(std::string_view ns) override { return table_.begin_write(ns); }
  void end(std::string_view ns, std::uint64_t ticket, bool applied) override;
  // The namespace was deleted.
  void forget(std::string_view ns);
  // Watched whether they are used or not.
  void keep(std::vector<std::string> names);

 private:
  async::Task<> run();
  async::Task<> exchange();
  async::Task<> poll(WatchTable::Due due);
  async::Task<bool> take_turn(WatchTable::Due& due);
  async::Task<std::optional<namespaces::StoreMetadata>> ask(const std::string& ns);
  void count(std::string_view status);
  void wake();

  Parts parts_;
  core::LoopMark turned_{parts_.metrics, "watcher"};
  std::function<void(std::string_view)> on_stable_;
  std::function<async::Task<>(std::string)> on_foreign_write_;
  WatchTable table_;
  std::optional<Peers> peers_;  // of the loop
  WatchGauges gauges_;          // of the loop
  std::atomic<bool> running_{false};
  std::atomic<bool> woken_{false};
  // The loop's own.
  async::TaskGroup tasks_;
  async::Timer timer_;
  async::Timer exchange_timer_;
  bool stopping_ = false;
  std::size_t polls_ = 0;
};

}  // namespace layer::features::watcher
