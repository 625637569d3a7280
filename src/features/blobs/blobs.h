// Blobs stored, found and fetched into the cache (rule BL1 of the contract). Identical content is
// stored once a namespace: its name is its hash, so a blob never changes and a copy of it anywhere
// is as good as any other. What comes from the object store is compared with its hash each time.
//
// Errors of all: kObjectStoreNotConfigured (it is off), kUpstream (it is down, or gave bytes that
// are not the blob's: field "reason" = "hash_mismatch"), kCancelled; further ones beside the calls.
// Thread safety: any loop, concurrently. Memory: the blob, at most kBlobBytesMax, a call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "cache/record_store.h"
#include "core/metrics.h"
#include "features/blobs/blob_cache.h"
#include "features/blobs/blob_ref.h"
#include "features/blobs/lineage.h"
#include "http/body.h"
#include "objects/object_store.h"

namespace layer::features::blobs {

inline constexpr std::size_t kBlobBytesMax = std::size_t{10} << 20;

class Blobs {
 public:
  // What is referred to outlives the blobs.
  struct Parts {
    objects::ObjectStore* objects;  // null: off
    cache::RecordStore* cache;      // null: off
    async::CpuPool& pool;           // for the hashes of large blobs
    core::Metrics& metrics;
  };
  explicit Blobs(Parts parts) : parts_(parts), cache_(parts.cache) {}

  struct Stored {
    BlobRef ref;
    std::uint64_t size = 0;
  };
  // Reads `body` to its end; it outlives the call. `warm` puts the blob into the cache as well.
  // Errors: kInvalidArgument (empty), kPayloadTooLarge, the body's own.
  async::Task<Result<Stored>> put(std::string ns, http::Body& body, bool warm);

  enum class Cached : std::uint8_t { kHit, kMiss, kBypass };
  struct Found {
    cache::Bytes bytes{};  // of get()
    std::uint64_t size = 0;
    std::string_view content_type{};
    Cached cached = Cached::kBypass;
  };
  // In the cache, then in the object store under the namespace and its ancestors. Fills the cache.
  // A blob in the cache is served although the object store is down. Errors: kNotFound.
  async::Task<Result<Found>> get(BlobRef ref);
  // The same without bytes: reads a few of them to tell the kind, and fills nothing.
  async::Task<Result<Found>> head(BlobRef ref);

  struct Warmed {
    enum class Kind : std::uint8_t { kFetched, kAlreadyThere, kMissing, kOverBudget, kNoRoom };
    Kind kind = Kind::kMissing;
    std::uint64_t bytes = 0;  // of the blob; 0 when it is missing
  };
  // Fetches what `ref` names into the cache unless it has more than `bytes_max` bytes; the size is
  // asked for first, so that nothing is read in vain. For a warm within a budget.
  async::Task<Result<Warmed>> fetch_into_cache(BlobRef ref, std::uint64_t bytes_max);

  // Whose blobs a namespace may refer to beside its own, nearest first.
  async::Task<Result<std::vector<std::string>>> ancestors(std::string ns);

 private:
  struct Located {
    BlobRef ref;
    objects::ObjectHead head;
  };
  async::Task<Result<Located>> locate(BlobRef ref);
  async::Task<Result<cache::Bytes>> read(BlobRef ref);
  async::Task<Result<cache::Bytes>> read_from(BlobRef ref);
  async::Task<Result<void>> renew_if_purged(const BlobRef& ref, const std::string& bytes);

  Parts parts_;
  BlobCache cache_;
};

}  // namespace layer::features::blobs
