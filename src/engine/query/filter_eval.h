// Filters over one segment. Leaves turn into slices of documents or are tested document by
// document, whichever is the cheaper; And starts with what keeps the fewest.
// Thread safety: free functions over immutable data.
#pragma once

#include "core/error.h"
#include "engine/query/filter_node.h"
#include "engine/segment/segment.h"

namespace layer::engine::query {

// Those of `candidates` that pass. Errors: kConflict while an index is being built, kCorrupt.
Result<DocSet> restrict_to(const BoundFilter::Node& node, const segment::Segment& segment,
                           DocSet candidates);

// About how many documents of the segment pass, without reading document lists. Patterns count as
// the whole segment: their number is only known after the dictionary was searched.
std::uint64_t estimate(const BoundFilter::Node& node, const segment::Segment& segment);

}  // namespace layer::engine::query
