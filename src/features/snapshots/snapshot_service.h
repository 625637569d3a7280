// Asking for snapshots: what speaks against one, and what a deployment lacks for it. Thread safety:
// any loop, concurrently. What is referred to outlives the service.
#pragma once

#include <functional>
#include <string>

#include "features/jobs/job_runner.h"
#include "features/snapshots/place.h"
#include "features/snapshots/snapshot_params.h"
#include "features/snapshots/snapshot_store.h"

namespace layer::features::snapshots {

class SnapshotService {
 public:
  struct Parts {
    jobs::JobRunner* runner;  // null: there is no queue database
    const PlaceFinder& places;
    SnapshotStore& store;
    // Whether the gateway opens the store itself, without a caller's bearer.
    std::function<bool(const store::VectorStore&)> has_credential{};
    bool stamp = true;  // rows written through this process are stamped
  };
  explicit SnapshotService(Parts parts) : parts_(std::move(parts)) {}

  struct Ask {
    std::string ns;
    std::string owner;
    bool passthrough = false;  // the caller's bearer is the store's key
    SnapshotParams params{};
  };
  // Errors: kFeatureUnavailable (reasons queue_database, background_credential, stamp_off),
  // kPreconditionFailed (source stored, and the latest body lacks the field), kRateLimited, those
  // of the job store and the object store.
  async::Task<Result<queue::Job>> start(Ask ask);

 private:
  Parts parts_;
};

}  // namespace layer::features::snapshots
