// The job that takes a snapshot: waits for a watermark, counts at that cut, writes the body and
// moves the pointer (rules SN2 to SN6 of the contract). A run that was killed is begun again:
// nothing of it counts before its last step. Thread safety: as JobKind.
#pragma once

#include <functional>

#include "core/metrics.h"
#include "features/freshness/stability.h"
#include "features/jobs/job_kind.h"
#include "features/snapshots/place.h"
#include "features/snapshots/policy.h"
#include "features/snapshots/snapshot_params.h"
#include "features/snapshots/snapshot_store.h"

namespace layer::features::snapshots {

struct SnapshotJobOptions {
  std::chrono::milliseconds watermark_wait_max = std::chrono::seconds(60);
  std::chrono::milliseconds watermark_look_every = std::chrono::milliseconds(200);
  // A field that is not configured and that nobody asked for in so long is counted no more.
  std::chrono::milliseconds asked_for = std::chrono::hours(7 * 24);
  int repeats_max = 2;  // of an automatic run whose rows changed meanwhile
};

class SnapshotJob final : public jobs::JobKind {
 public:
  // What is referred to outlives the kind.
  struct Parts {
    const PlaceFinder& places;
    SnapshotStore& store;
    PolicyStore& policies;
    freshness::StabilitySource& stability;
    async::CpuPool& pool;
    const core::Clock& clock;
    core::Metrics& metrics;
  };
  explicit SnapshotJob(Parts parts, SnapshotJobOptions options = {})
      : parts_(parts), options_(options) {}

  std::string_view name() const override { return kSnapshotKind; }
  async::Task<Result<queue::JobProgress>> run(jobs::JobContext& context) override;

 private:
  Parts parts_;
  const SnapshotJobOptions options_;
};

}  // namespace layer::features::snapshots
