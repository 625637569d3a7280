// Snapshots as a whole: their routes, the job behind them, the writer that takes them by itself.
// Thread safety: made and entered at start; start() and stop() from the owner's thread.
#pragma once

#include <memory>

#include "features/snapshots/snapshot_job.h"
#include "features/snapshots/snapshot_writer.h"
#include "gateway/routes/snapshot_counts.h"
#include "gateway/routes/snapshots.h"

namespace layer::gateway {

class SnapshotRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::snapshots::SnapshotStore* store;  // null: the object store is switched off
    features::freshness::StabilitySource& stability;
    std::function<bool(const store::VectorStore&)> has_credential;
    JobParts jobs;
    features::snapshots::PolicyStore::Defaults policy;
    bool stamp;
    queue::Coordination* shared;  // null: no other gateway takes part
    std::string gateway;          // who this one is to the others
    async::CpuPool& pool;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
    ResultParts results;
  };
  explicit SnapshotRoutes(const Parts& parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);
  void start();
  // Before the loops end.
  void stop();

  // The namespace was just seen stable; from any thread.
  void became_stable(std::string_view ns);
  // Null: the object store is switched off.
  features::snapshots::SnapshotStore* store() { return state_ ? &state_->store : nullptr; }
  features::snapshots::PolicyStore* policies() { return state_ ? &state_->policies : nullptr; }
  // What scans may ask instead of the store; null: the object store is switched off.
  features::scans::SnapshotCounts* counts() { return state_ ? &state_->counts : nullptr; }

 private:
  // What there is with an object store.
  struct State {
    State(const Parts& parts, const features::snapshots::PlaceFinder& places);
    features::snapshots::SnapshotStore& store;
    features::snapshots::PolicyStore policies;
    features::snapshots::Checkpoints checkpoints;
    features::snapshots::SnapshotService service;
    features::snapshots::SnapshotJob job;
    features::snapshots::Retention retention;
    features::snapshots::SnapshotWriter writer;
    SnapshotCounts counts;
  };
  SnapshotParts route_parts(const Parts& parts);

  features::snapshots::PlaceFinder places_;
  std::unique_ptr<State> state_;
  TakeSnapshot take_;
  ReadSnapshot read_;
  SnapshotDiff diff_;
  SnapshotHistory history_;
  SnapshotJobs jobs_;
  SnapshotResults results_;
  SnapshotPolicy policy_;
  CheckpointList checkpoints_;
  CheckpointRoute checkpoint_;
  SnapshotActivity activity_;
};

}  // namespace layer::gateway
