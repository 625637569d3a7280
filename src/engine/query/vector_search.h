// The nearest rows of one segment to a query: dense columns through the index or exactly,
// multi-vector attributes exactly. Thread safety: free functions over immutable data.
#pragma once

#include <span>
#include <vector>

#include "core/error.h"
#include "engine/segment/segment.h"
#include "wire/rank_by.h"

namespace layer::engine::query {

enum class VectorPath : std::uint8_t { kNone, kExact, kIndex };

// How a segment would be searched. `exact`: the query insists (kNN). Below a share of matching rows
// reading just their vectors beats walking the index's lists for them.
VectorPath choose_path(const segment::Segment& segment, AttrId attr, DocId matching,
                       std::uint32_t k, bool exact);

// Ascending by (distance, doc), at most k.
std::vector<vector::Neighbor> nearest(const segment::Segment& segment, AttrId attr,
                                      wire::DistanceMetric metric, std::span<const float> query,
                                      std::uint32_t k, const DocSet& allowed, VectorPath path);

// Late interaction: over the query's vectors, the sum of the smallest distance to any vector of
// the document. nullopt: the document has none.
std::optional<float> late_interaction(wire::DistanceMetric metric, const wire::QueryVectors& query,
                                      const wire::Value& stored);

// Exact search of a multi-vector attribute; reads the rows. Errors: kCorrupt.
Result<std::vector<vector::Neighbor>> nearest_multi(const segment::Segment& segment, AttrId attr,
                                                    wire::DistanceMetric metric,
                                                    const wire::QueryVectors& query,
                                                    std::uint32_t k, const DocSet& allowed);

// The operand fits the attribute: one vector of its dims, or for multi-vectors one or more.
// `field` words the error.
Result<void> check_dims(const wire::Attribute& attribute, const wire::QueryVectors& query,
                        std::string_view field);

}  // namespace layer::engine::query
