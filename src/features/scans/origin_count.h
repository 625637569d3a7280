// Rows counted by their store (rule SC3 of the contract): one aggregation, or pages of ids where it
// cannot or is too slow. Thread safety: one loop a call; what the arguments refer to outlives it.
#pragma once

#include <variant>

#include "features/pages/store_query.h"
#include "features/scans/row_set.h"

namespace layer::features::scans {

// A refusal of the store's is relayed as it came (rule E1).
using CountOutcome = std::variant<Counted, pages::StoreReply>;

// Counts until the deadline; what was counted by then is the result. Errors: those of
// VectorStore::send and RowPages::read.
async::Task<Result<CountOutcome>> count_at_origin(const RowSet& rows, async::CpuPool& pool,
                                                  async::TimePoint deadline);

// The page-wise way alone.
async::Task<Result<Counted>> count_pages(const RowSet& rows, async::CpuPool& pool,
                                         async::TimePoint deadline);

}  // namespace layer::features::scans
