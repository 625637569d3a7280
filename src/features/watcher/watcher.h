// The watcher: polls the metadata of namespaces in use and answers how far each is indexed, so that
// reads cost no call to find out. It sees the writes of this gateway; those of other gateways that
// are under way it does not see. Thread safety: all calls from any thread; start() and stop() from
// one that is not the loop's, in pairs. What Parts refers to outlives it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task_group.h"
#include "core/metrics.h"
#include "features/freshness/write_watch.h"
#include "features/namespaces/routing.h"
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
  };
  Watcher(Parts parts, WatchOptions options);

  // Told on the loop of each poll that found a namespace stable. Before start().
  void on_stable(std::function<void(std::string_view ns)> listener) {
    on_stable_ = std::move(listener);
  }
  void start();
  void stop();

  // Names are logical ones.
  freshness::Stability look(std::string_view ns) override;
  freshness::Stability peek(std::string_view ns) override { return table_.stability(ns); }
  void await_stamp(std::string_view ns, std::int64_t stamp_ms) override;
  std::uint64_t begin(std::string_view ns) override { return table_.begin_write(ns); }
  void end(std::string_view ns, std::uint64_t ticket, bool applied) override;
  // The namespace was deleted.
  void forget(std::string_view ns) { table_.forget(ns); }
  // Watched whether they are used or not.
  void keep(std::vector<std::string> names);

 private:
  async::Task<> run();
  async::Task<> poll(WatchTable::Due due);
  async::Task<std::optional<IndexState>> ask(const std::string& ns);
  void count(std::string_view status);
  void wake();

  Parts parts_;
  std::function<void(std::string_view)> on_stable_;
  WatchTable table_;
  std::atomic<bool> running_{false};
  std::atomic<bool> woken_{false};
  // The loop's own.
  async::TaskGroup tasks_;
  async::Timer timer_;
  bool stopping_ = false;
  std::size_t polls_ = 0;
};

}  // namespace layer::features::watcher
