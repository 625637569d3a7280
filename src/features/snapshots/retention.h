// Removes snapshots that are older than their namespace wants them, but not the latest and none
// that a checkpoint names (rule SN8 of the contract). Thread safety: any loop.
#pragma once

#include "core/metrics.h"
#include "features/snapshots/checkpoints.h"
#include "features/snapshots/place.h"
#include "features/snapshots/policy.h"

namespace layer::features::snapshots {

class Retention {
 public:
  // What is referred to outlives it.
  struct Parts {
    const PlaceFinder& places;
    SnapshotStore& store;
    Checkpoints& checkpoints;
    PolicyStore& policies;
    const core::Clock& clock;
    core::Metrics& metrics;
  };
  explicit Retention(Parts parts) : parts_(parts) {}

  // How many bodies went. Errors: those of the object store.
  async::Task<Result<std::uint64_t>> prune(std::string ns);
  // All namespaces that have snapshots; one that fails does not keep the others.
  async::Task<Result<std::uint64_t>> prune_all();

 private:
  Parts parts_;
};

}  // namespace layer::features::snapshots
