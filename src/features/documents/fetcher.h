// Documents by id: hits from the cache, the rest from the store in one read (rules G1, G2, H6 of
// the contract). What the cache cannot vouch for comes from the store and is not kept.
//
// Thread safety: any loop, concurrently; a fetch stays on its loop. Cost of a hit in memory: no
// change of threads, no lock of its own, the row is shared until it is copied into the answer.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "async/cpu_pool.h"
#include "async/flights.h"
#include "cache/document_cache.h"
#include "features/documents/origin.h"
#include "features/documents/shape.h"

namespace layer::features::documents {

// Queries of one fetch in flight at a time.
inline constexpr std::size_t kChunksInFlightMax = 4;
// What the rows of one fetch may take together.
inline constexpr std::uint64_t kFetchBytesMax = std::uint64_t{512} << 20;

struct FetchRequest {
  cache::CachedNamespace ns;
  Origin origin;
  ShapePtr shape;
  std::vector<wire::Id> ids;  // no two the same
  Level level = Level::kStrong;
  bool skip_cache = false;  // it cannot be relied on for this caller
  async::TimePoint deadline = async::TimePoint::max();
};

struct Fetched {
  std::vector<cache::Bytes> rows;  // one an id, in their order; null: there is no such row
  RefusalPtr refusal;              // the store refused what was asked of it; then no row counts
  bool shape_is_old = false;       // some row may hold a vector: the shape must be read again
  std::size_t hits = 0;            // absent rows that the cache vouches for among them
  std::size_t misses = 0;
  std::size_t bypassed = 0;
  async::Duration cache_time{};
  async::Duration origin_time{};
};

// What a read of one row came to, for those who waited for it.
struct Landed {
  cache::Bytes row{};
  RefusalPtr refusal{};
  std::optional<Error> error{};

  static Landed found(cache::Bytes row) { return {.row = std::move(row)}; }
  static Landed refused(RefusalPtr refusal) { return {.refusal = std::move(refusal)}; }
  static Landed failed(Error error) { return {.error = std::move(error)}; }
};

class Fetcher {
 public:
  // Both outlive the fetcher; no cache: every fetch bypasses it.
  Fetcher(cache::DocumentCache* cache, async::CpuPool& pool) : cache_(cache), pool_(pool) {}

  // Errors: those of VectorStore::send, kUpstream for answers that cannot be used,
  // kPayloadTooLarge (kFetchBytesMax).
  async::Task<Result<Fetched>> fetch(FetchRequest request);
  // Rows that requests wait for while another one reads them.
  std::size_t waiting() const { return flights_.waiting(); }

 private:
  async::Task<std::vector<cache::Found>> look(const FetchRequest& request);

  cache::DocumentCache* const cache_;
  async::CpuPool& pool_;
  async::Flights<Landed> flights_;
};

}  // namespace layer::features::documents
