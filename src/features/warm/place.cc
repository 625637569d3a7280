#include "features/warm/place.h"

#include "features/namespaces/settings.h"

namespace layer::features::warm {

async::Task<Result<Place>> PlaceFinder::find(std::string ns) const {
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
  Place place{
      .cached = {.store = std::string(route.store->name()),
                 .ns = std::string(route.logical),
                 .incarnation = state->incarnation},
      .origin = {
          .store = route.store, .physical = std::string(route.physical), .authorization = {}}};
  if (const auto& settings = namespaces::settings(route).cache) {
    place.cached.ttl = settings->ttl;
    place.cached.writers_gateway_only = settings->writers_gateway_only;
    place.cached.staging = settings->staging;
    place.reactive = !settings->staging;
  }
  place.blob_attributes = namespaces::settings(route).blob_attributes;
  co_return place;
}

}  // namespace layer::features::warm
