// Blobs that a namespace's rows refer to, fetched into the cache up to a budget of bytes (rule WA2
// of the contract). Thread safety: one loop; what is referred to outlives the call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "features/blobs/blobs.h"
#include "features/pages/row_pages.h"

namespace layer::features::warm {

// Fetched at the same time.
inline constexpr std::size_t kBlobsAtOnce = 16;
// References that are told apart; more than that end the scan like a spent budget.
inline constexpr std::size_t kBlobRefsMax = 200'000;

struct BlobWarmAsk {
  std::string ns;                       // logical name
  std::vector<std::string> attributes;  // that hold references: strings or lists of them
  std::uint64_t budget_bytes = 0;
  async::TimePoint deadline{};
};

struct BlobWarmReport {
  std::uint64_t documents_scanned = 0;
  std::uint64_t refs_seen = 0;  // each time one stands in a row
  std::uint64_t objects = 0;    // that are cached now, or were before
  std::uint64_t bytes = 0;      // of them
  std::uint64_t missing = 0;
  std::uint64_t invalid_refs = 0;  // no reference, or to a namespace that is no ancestor
  bool budget_exhausted = false;
};

// `pages` has the attributes in its rows. Errors: those of the store, of the object store,
// kGatewayTimeout (the deadline passed).
async::Task<Result<BlobWarmReport>> warm_blobs(blobs::Blobs& source, pages::RowPages& pages,
                                               BlobWarmAsk ask, async::CpuPool& pool);

}  // namespace layer::features::warm
