// New snapshots from old ones. Nothing here changes a published snapshot: segments are shared, sets
// of deleted documents are copied when they grow.
// Thread safety: free functions over immutable data. Errors: kCorrupt, kInternal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/namespace/record.h"
#include "engine/segment/builder.h"
#include "engine/segment/snapshot.h"

namespace layer::engine::ns {

// Where a live document is.
struct Location {
  const SegmentView* view = nullptr;
  DocId doc = 0;
};
// Cost: one look-up in each segment. The newest segments come last and are asked first.
std::optional<Location> locate(const Snapshot& snapshot, const wire::Id& id);

// Deletes every id of `rows` from the segments that have it and adds the rows as one new segment in
// memory. Cost: the look-ups, a copy of each set of deleted documents that grows, the build.
Result<std::shared_ptr<Snapshot>> with_rows(const Snapshot& base,
                                            std::shared_ptr<const wire::Schema> schema,
                                            Overlay rows);

// One segment in memory from several, without their deleted documents; nullopt when none is left.
Result<std::optional<SegmentView>> merge_in_memory(const wire::Schema& schema,
                                                   std::span<const SegmentView> views);

// Replaces `inputs` by `output` (nullopt: nothing was left of them). Documents deleted since the
// inputs were read are deleted in the output as well. nullptr: an input is not in `base` any more,
// so the output is of no use.
std::shared_ptr<Snapshot> with_replaced(const Snapshot& base, std::span<const SegmentView> inputs,
                                        const std::optional<SegmentView>& output);

// Whether `segment` was built without a structure that `schema` asks for.
bool is_stale(const segment::Segment& segment, const wire::Schema& schema);

std::uint64_t memory_bytes(const Snapshot& snapshot);      // logical, of segments in memory
std::uint64_t memory_documents(const Snapshot& snapshot);  // live ones
// Estimates: logical bytes of the live share of a segment.
std::uint64_t live_bytes(const SegmentView& view);

}  // namespace layer::engine::ns
