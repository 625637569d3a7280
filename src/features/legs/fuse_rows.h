// Lists of a multi-query fused by reciprocal ranks, as the store does it (rule MQ3 of the
// contract): score = sum in leg order of weight / (rank_constant + rank), in single precision, rank
// from 1; descending, then by id. Thread safety: pure functions. Cost: linear in the rows, and a
// sort.
#pragma once

#include <vector>

#include "features/legs/query_legs.h"

namespace layer::features::legs {

// A row has `$dist`, its score, and the members that any of its lists gave it, the first list
// first.
std::vector<LegRow> fuse_rows(std::vector<LegRows> lists, const Fusion& fusion);

}  // namespace layer::features::legs
