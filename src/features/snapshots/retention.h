// Removes snapshots that are older than their namespace wants them, but not the latest and none
// that a checkpoint names (rule SN8 of the contract). Thread safety: any loop.
#pragma once

#include "core/metrics.h"
#include "features/snapshots/checkpoints.h"
#include "features/snapshots/place.h"
#include "features/snapshots/policy.h"
#include "queue/coordination.h"

namespace layer::features::snapshots {

// Who prunes goes on doing so; another takes over when it has not for this long. Longer than the
// time between two rounds, so that the lease stays where it is.
inline constexpr std::chrono::minutes kPruneLease{90};

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
    // Null: no other gateway prunes.
    queue::Coordination* shared = nullptr;
    std::string gateway{};  // who this one is to the others
  };
  explicit Retention(Parts parts) : parts_(std::move(parts)) {}

  // How many bodies went. Errors: those of the object store.
  async::Task<Result<std::uint64_t>> prune(std::string ns);
  // All namespaces that have snapshots; one that fails does not keep the others. Nothing while it
  // is another gateway's turn. Further errors: those of Coordination.
  async::Task<Result<std::uint64_t>> prune_all();
  // This gateway ends; another may prune at once.
  async::Task<> resign();

 private:
  async::Task<Result<bool>> my_turn();

  Parts parts_;
};

}  // namespace layer::features::snapshots
