// Rows of a whole namespace from the document cache (rules H13 and SC2 of the contract). What it
// holds counts only if a warm proved it complete and nothing has changed that proof by the end.
// Thread safety: one loop a call; what the arguments refer to outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "features/scans/row_set.h"

namespace layer::features::scans {

// Rows in doubt that are read from the store; with more of them the store is asked for everything.
inline constexpr std::size_t kDoubtfulRowsMax = 10'000;

struct CacheRead {
  std::uint64_t rows = 0;     // that match
  std::uint64_t scanned = 0;  // that the cache holds
  std::int64_t watermark_ms = 0;
  bool certified = false;
};

// Whether a warm vouches for the namespace now; `any`: also one of a namespace that is written past
// the gateways.
async::Task<bool> cache_vouches(cache::DocumentCache* cache, cache::CachedNamespace ns, bool any);

struct CacheQuestion {
  const ScanPlace& place;
  const RowSet& rows;  // its filter is evaluated here
  bool any = false;    // as in cache_vouches()
};

// Called for each row that matches; `attributes` is one JSON object. May await.
using EachCached =
    std::function<async::Task<Result<void>>(const wire::Id& id, std::string_view attributes)>;

// nullopt: the cache cannot answer now, and what `each` was given does not count. Errors:
// kValidation (`any`, and the filter cannot be evaluated here), those of the store where it is
// asked for a schema or for rows in doubt, those of `each`.
async::Task<Result<std::optional<CacheRead>>> read_cache(cache::DocumentCache& cache,
                                                         const CacheQuestion& question,
                                                         async::CpuPool& pool,
                                                         async::TimePoint deadline,
                                                         EachCached each);

}  // namespace layer::features::scans
