// Ids from the cache, all or none (rule SC2 of the contract): whether what the cache holds counts
// is only known at its end, so the ids wait beside the results until then. What memory it takes is
// bounded by some parts of the results. Thread safety: one loop; the work outlives the call.
#pragma once

#include "features/scans/scan_job.h"

namespace layer::features::scans {

// Beside a job's lines: ids are being copied from the list of this name.
std::string cached_ids_cursor(std::string_view list);
// Empty: the cursor is of another kind.
std::string cached_ids_list(std::string_view cursor);

// The list's name, beside the results; empty: the cache cannot answer now. Errors: kCacheCold (it
// was asked for by name), those of read_cache() and of the object store.
async::Task<Result<std::string>> collect_cached_ids(ScanWork& work);
// Puts the rest of the list into the results and removes it.
async::Task<Result<void>> copy_cached_ids(ScanWork& work, std::string list);

}  // namespace layer::features::scans
