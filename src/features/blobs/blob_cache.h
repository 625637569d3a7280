// Blobs in the record store: set blob_{ns}, one record a blob, its bytes in the body. A cache that
// fails or is off is one without the blob. Thread safety: as RecordStore.
#pragma once

#include <string>
#include <string_view>

#include "cache/record_store.h"
#include "features/blobs/blob_ref.h"

namespace layer::features::blobs {

std::string blob_set(std::string_view ns);

class BlobCache {
 public:
  // Null: off. The records outlive the cache.
  explicit BlobCache(cache::RecordStore* records) : records_(records) {}

  struct Looked {
    cache::Bytes bytes{};  // null: not there
    bool usable = false;   // false: off, or it failed
  };
  async::Task<Looked> get(BlobRef ref);
  // Whether it is there now.
  async::Task<bool> put(BlobRef ref, cache::Bytes bytes);
  async::Task<Result<void>> forget(std::string ns);

 private:
  cache::RecordStore* records_;
};

}  // namespace layer::features::blobs
