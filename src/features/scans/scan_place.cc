#include "features/scans/scan_place.h"

#include <utility>

#include "features/shards/shards.h"

namespace layer::features::scans {

async::Task<Result<ScanPlace>> PlaceFinder::find(std::string ns, std::string authorization) const {
  const auto table = router_.table();
  LAYER_CO_ASSIGN(const auto route, table->find(ns));
  auto state = states_.known(route.logical);
  if (!state->known) {
    state = co_await states_.load(std::string(route.logical));
  }
  if (!state->known) {
    co_return fail(ErrorCode::kServiceUnavailable,
                   "the state of the namespace cannot be read from the object store");
  }
  const auto& settings = namespaces::settings(route);
  ScanPlace place{.cached = {.store = std::string(route.store->name()),
                             .ns = std::string(route.logical),
                             .incarnation = state->incarnation},
                  .origin = {.store = route.store,
                             .physical = std::string(route.physical),
                             .authorization = std::move(authorization)},
                  .shards = shards::shard_count(*state),
                  .stamped = settings.stamp,
                  .stable_default = settings.stable};
  if (settings.cache) {
    place.cached.ttl = settings.cache->ttl;
    place.cached.writers_gateway_only = settings.cache->writers_gateway_only;
    place.cached.staging = settings.cache->staging;
  }
  co_return place;
}

std::uint64_t PlaceFinder::incarnation(std::string_view ns) const {
  return states_.known(ns)->incarnation;
}

}  // namespace layer::features::scans
