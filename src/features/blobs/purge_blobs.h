// What a namespace's delete removes of its blobs: the objects, and their copies in the cache.
// Objects stay while the namespace has branches or copies that may refer to them (rule D4 of the
// contract). Thread safety: as PurgePlace.
#pragma once

#include "features/blobs/blob_cache.h"
#include "features/deletions/purge_place.h"

namespace layer::features::blobs {

// "blobs"
class BlobObjectsPlace final : public deletions::ObjectsPlace {
 public:
  // The object store outlives the place.
  explicit BlobObjectsPlace(objects::ObjectStore& objects)
      : ObjectsPlace("blobs", objects), objects_(objects) {}
  async::Task<Result<deletions::Purged>> purge(deletions::PurgeIntent intent) override;

 protected:
  std::string prefix(const deletions::PurgeIntent& intent) const override;

 private:
  objects::ObjectStore& objects_;
};

// "cache_blobs"
class BlobCachePlace final : public deletions::PurgePlace {
 public:
  // Null: off. The records outlive the place.
  explicit BlobCachePlace(cache::RecordStore* records) : cache_(records) {}
  std::string_view name() const override { return "cache_blobs"; }
  async::Task<Result<deletions::Purged>> purge(deletions::PurgeIntent intent) override;

 private:
  BlobCache cache_;
};

}  // namespace layer::features::blobs
