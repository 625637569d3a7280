// Rows that a ranking reaches (rule SC7 of the contract): those that match a full-text query, or
// lie within a radius of a vector. One ranked query a shard, of at most kRankedRowsMax rows; a full
// page of a full-text query can be split by ids until all rows were seen. Thread safety: one loop a
// call; what the arguments refer to outlives it.
#pragma once

#include <functional>
#include <string_view>

#include "features/scans/origin_count.h"

namespace layer::features::scans {

inline constexpr std::size_t kRankedRowsMax = 10'000;

// Each row once; `value` is the JSON text of ask.field, or empty. Called on the caller's loop.
using EachRanked = std::function<void(std::string_view value)>;

// Until the deadline; what was read by then is the result. A refusal of the store's is passed on as
// it came (rule E1). Errors: those of VectorStore::send, kUpstream for answers that cannot be used.
async::Task<Result<CountOutcome>> read_ranked(const RowSet& rows, const ScanAsk& ask,
                                              async::CpuPool& pool, async::TimePoint deadline,
                                              EachRanked each);

}  // namespace layer::features::scans
