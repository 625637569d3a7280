// Rows that get their shard: one patch_columns sent to the store, fenced in the document cache as
// any other write, without touching when the rows were last written. Thread safety: any loop; what
// is referred to outlives the await.
#pragma once

#include <vector>

#include "features/freshness/hybrid_clock.h"
#include "features/layout/place.h"

namespace layer::features::layout {

struct RowShard {
  wire::Id id;
  std::uint32_t shard = 0;
};

std::string print_shard_patch(const std::vector<RowShard>& rows);

// A 429 is waited out as the store says, for as long as `deadline` allows. Errors: those of
// VectorStore::send, and the store's refusals.
async::Task<Result<void>> patch_shards(const Place& place, const std::vector<RowShard>& rows,
                                       cache::DocumentCache* cache, freshness::HybridClock& hlc,
                                       async::TimePoint deadline);

}  // namespace layer::features::layout
