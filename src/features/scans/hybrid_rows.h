// Rows that a hybrid text reaches (rule SC7 of the contract): those of all its lists together, or,
// where they are all empty, those that hold words like the ones of the text. One call of the store
// a shard, each list of at most kRankedRowsMax rows. Thread safety: one loop a call; what the
// arguments refer to outlives it.
#pragma once

#include "features/scans/ranked_rows.h"

namespace layer::features::scans {

// As read_ranked().
async::Task<Result<CountOutcome>> read_hybrid(const RowSet& rows, const ScanAsk& ask,
                                              async::CpuPool& pool, async::TimePoint deadline,
                                              EachRanked each);

}  // namespace layer::features::scans
