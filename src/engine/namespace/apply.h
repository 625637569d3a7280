// Runs one write against the state of a commit group: filter writes, conditions, patches, counts.
// Thread safety: a Working belongs to one thread.
#pragma once

#include <memory>
#include <optional>

#include "core/error.h"
#include "engine/namespace/metadata.h"
#include "engine/namespace/prepare.h"
#include "engine/namespace/record.h"
#include "engine/namespace/snapshot_edit.h"
#include "wire/response.h"
#include "wire/write.h"

namespace layer::engine::ns {

// A namespace as the writes of a group so far have left it.
struct Working {
  std::shared_ptr<const Snapshot> base;  // published, or an interim one of this group
  Overlay overlay{};                     // changed since `base`
  std::shared_ptr<const wire::Schema> schema;
  Settings settings{};
  bool exists = false;
  std::uint64_t log_bytes = 0;  // of the records so far

  // Moves the overlay into a new interim base, so that filters can be evaluated.
  Result<void> materialize();
};

// What a write does, not yet done.
struct Outcome {
  wire::WriteResponse response;
  std::shared_ptr<const wire::Schema> schema;
  bool schema_changed = false;
  Overlay rows{};  // documents it puts or deletes
  Settings settings{};

  bool changes() const { return schema_changed || !rows.empty(); }
};

// Never changes the documents `working` stands for, whether it fails or not; may materialise it.
// `now` becomes the time of the write.
Result<Outcome> apply(const wire::WriteRequest& request, Working& working, wire::Datetime now);

// Makes an outcome part of the working state.
void merge(Outcome outcome, Working& working);

}  // namespace layer::engine::ns
