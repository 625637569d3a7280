// Counting the values of fields row by row, where the store cannot count them or has more groups
// than one answer holds (rule SN3 of the contract). Stops as soon as every field has more values
// than are kept. Thread safety: one loop; what the arguments refer to outlives the await.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "features/documents/origin.h"
#include "features/snapshots/body.h"

namespace layer::features::snapshots {

struct PagesAsked {
  std::vector<std::string> fields{};
  std::string filter{};  // JSON text; empty: all rows
  std::size_t page_size = 1000;
  std::size_t bytes_max = 0;  // of values in memory
  std::function<bool()> stopping{};
};
// Fields and what was skipped; the rest of the body is the caller's. Errors: those of RowPages,
// kCancelled.
async::Task<Result<Body>> count_pages(documents::Origin origin, async::CpuPool& pool,
                                      PagesAsked asked);

}  // namespace layer::features::snapshots
