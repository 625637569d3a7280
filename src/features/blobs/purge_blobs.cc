#include "features/blobs/purge_blobs.h"

#include "features/blobs/lineage.h"

namespace layer::features::blobs {

async::Task<Result<deletions::Purged>> BlobObjectsPlace::purge(deletions::PurgeIntent intent) {
  const auto object = co_await objects_.get(lineage_key(intent.ns));
  if (!object && object.error().code != ErrorCode::kNotFound) {
    co_return std::unexpected(object.error());
  }
  if (object) {
    LAYER_CO_ASSIGN(const Lineage lineage, parse_lineage(object->bytes));
    if (!lineage.children.empty()) {
      co_return deletions::Purged{.objects = 0};
    }
  }
  co_return co_await ObjectsPlace::purge(std::move(intent));
}

std::string BlobObjectsPlace::prefix(const deletions::PurgeIntent& intent) const {
  return "blobs/" + intent.ns + '/';
}

async::Task<Result<deletions::Purged>> BlobCachePlace::purge(deletions::PurgeIntent intent) {
  LAYER_CO_TRY(co_await cache_.forget(intent.ns));
  co_return deletions::Purged{};
}

}  // namespace layer::features::blobs
