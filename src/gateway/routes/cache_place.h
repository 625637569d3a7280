// The cached documents of a deleted namespace ("cache_documents" in its receipt). That none of them
// is served is done before and after the store's delete, by its fence; this frees their room.
// Thread safety: as PurgePlace. The cache outlives it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cache/document_cache.h"
#include "features/deletions/purge_place.h"

namespace layer::gateway {

class CachePlace final : public features::deletions::PurgePlace {
 public:
  explicit CachePlace(cache::DocumentCache& cache) : cache_(cache) {}

  std::string_view name() const override { return "cache_documents"; }
  async::Task<Result<features::deletions::Purged>> purge(
      features::deletions::PurgeIntent intent) override {
    LAYER_CO_TRY(
        co_await cache_.purge({.store = std::move(intent.store), .ns = std::move(intent.ns)}));
    co_return features::deletions::Purged{};
  }

 private:
  cache::DocumentCache& cache_;
};

}  // namespace layer::gateway
