// Takes snapshots by itself: of namespaces with fields to count that were written since the last
// one, when they are seen stable, and not more often than their policy says (rule SN7 of the
// contract). Looks around at an interval; whoever watches namespaces may tell of one earlier. Old
// snapshots are pruned hourly, by one of the gateways that share a queue database.
// Thread safety: start() before requests; became_stable() from any thread; stop() from a thread
// that is not the loop's, before the loop ends.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "features/freshness/stability.h"
#include "features/snapshots/retention.h"
#include "features/snapshots/snapshot_service.h"

namespace layer::features::snapshots {

struct SnapshotWriterOptions {
  std::chrono::milliseconds look_every = std::chrono::seconds(30);
  std::chrono::milliseconds prune_every = std::chrono::hours(1);
};

class SnapshotWriter {
 public:
  // What is referred to outlives the writer.
  struct Parts {
    const PlaceFinder& places;
    SnapshotService& service;
    SnapshotStore& store;
    PolicyStore& policies;
    Retention& retention;
    freshness::StabilitySource& stability;
    const core::Clock& clock;
    core::Logger& log;
    async::Loop& loop;
    async::CpuPool& pool;
    core::LoopMark looked{};  // of the loop, for metrics
    core::LoopMark pruned{};
  };
  SnapshotWriter(Parts parts, SnapshotWriterOptions options = {});

  void start();
  void stop();
  // The namespace (its logical name) was just seen stable.
  void became_stable(std::string_view ns);

 private:
  static constexpr std::size_t kBusyMax = 64;  // namespaces looked at at the same time

  // On the loop.
  async::Task<> run();
  async::Task<> look_around();
  async::Task<> consider_one(std::string ns);
  async::Task<Result<void>> consider(std::string ns);
  async::Task<Result<bool>> due(const Place& place, const Policy& policy);
  async::Task<> prune();

  Parts parts_;
  const SnapshotWriterOptions options_;
  async::TaskGroup tasks_;
  bool stopping_ = false;
  bool stopped_ = false;
  bool failing_ = false;
  std::map<std::string, bool, std::less<>> busy_;
};

}  // namespace layer::features::snapshots
