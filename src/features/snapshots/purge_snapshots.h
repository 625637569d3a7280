// What a namespace's delete removes of its snapshots. Thread safety: as PurgePlace.
#pragma once

#include "features/deletions/purge_place.h"
#include "features/snapshots/checkpoints.h"

namespace layer::features::snapshots {

// "snapshots"
class SnapshotsPlace final : public deletions::ObjectsPlace {
 public:
  // The object store outlives the place.
  explicit SnapshotsPlace(objects::ObjectStore& objects) : ObjectsPlace("snapshots", objects) {}

 protected:
  std::string prefix(const deletions::PurgeIntent& intent) const override {
    return snapshots_prefix(intent.ns);
  }
};

// "checkpoints"
class CheckpointsPlace final : public deletions::ObjectsPlace {
 public:
  // The object store outlives the place.
  explicit CheckpointsPlace(objects::ObjectStore& objects) : ObjectsPlace("checkpoints", objects) {}

 protected:
  std::string prefix(const deletions::PurgeIntent& intent) const override {
    return checkpoints_prefix(intent.ns);
  }
};

}  // namespace layer::features::snapshots
