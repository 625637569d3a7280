// Records removed from the segments of a namespace: each segment that holds one is written anew
// without it, on condition that it is as it was read.
//
// Compaction at the same time: a purge ends with a change of its mark (history/{ns}/purged.json)
// and one more look for segments it has not seen. A compaction reads the mark before it reads
// segments and again, after its own are written, before they count. So either it finds the mark
// changed and gives up, or its segments were there at the last look and were purged as well.
//
// Thread safety: any loop. Errors: the object store's, kConflict; every call may be repeated, and
// counts only what it removes itself.
#pragma once

#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "features/history/day_index.h"
#include "features/history/purge.h"
#include "features/history/record.h"

namespace layer::features::history {

// Empty: nothing was ever purged.
async::Task<Result<std::string>> read_purge_mark(objects::ObjectStore& objects, std::string ns);

bool is_purged(const PurgeAsk& ask, const Line& line);

// Cost: reads every segment of the namespace, kParallelPurges at a time.
async::Task<Result<PurgeCount>> purge_segments(objects::ObjectStore& objects, async::CpuPool& pool,
                                               std::string ns, PurgeAsk ask);

inline constexpr std::size_t kParallelPurges = 8;
// Looks for segments that came meanwhile; compaction and uploads are not that fast.
inline constexpr int kPurgeLooksMax = 16;

}  // namespace layer::features::history
