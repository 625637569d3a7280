#include "features/deletions/purge_place.h"

#include <fmt/format.h>

#include "features/namespaces/layout.h"

namespace layer::features::deletions {

async::Task<Result<void>> PurgePlace::invalidate(std::string) {
  co_return Result<void>{};
}

async::Task<Result<Purged>> ObjectsPlace::purge(PurgeIntent intent) {
  std::uint64_t removed = 0;
  for (std::string after;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects_.list(prefix(intent), after, objects::kListMax));
    for (const objects::ListedObject& object : listing.objects) {
      if (object.modified_ms <= intent.cutoff_ms && !keeps(object.key, intent)) {
        LAYER_CO_TRY(co_await objects_.remove(object.key));
        ++removed;
      }
    }
    if (!listing.more) {
      co_return Purged{.objects = removed};
    }
    after = listing.objects.back().key;
  }
}

std::string NamespaceStatePlace::prefix(const PurgeIntent& intent) const {
  return fmt::format("namespaces/{}/", intent.ns);
}

bool NamespaceStatePlace::keeps(std::string_view key, const PurgeIntent& intent) const {
  return key == namespaces::tombstone_key(intent.ns);
}

async::Task<Result<Purged>> GatewayMemoryPlace::purge(PurgeIntent intent) {
  forget_(intent.ns);
  co_return Purged{};
}

}  // namespace layer::features::deletions
