#include "features/warm/place.h"

#include <utility>

#include "features/namespaces/place.h"

namespace layer::features::warm {

async::Task<Result<Place>> PlaceFinder::find(std::string ns) const {
  LAYER_CO_ASSIGN(namespaces::Place at,
                  co_await namespaces::find_place(router_, states_, std::move(ns)));
  Place place{
      .cached = {.store = std::string(at.store->name()),
                 .ns = std::move(at.logical),
                 .incarnation = at.state->incarnation},
      .origin = {.store = at.store, .physical = std::move(at.physical), .authorization = {}}};
  if (const auto& settings = at.settings().cache) {
    place.cached.ttl = settings->ttl;
    place.cached.writers_gateway_only = settings->writers_gateway_only;
    place.cached.staging = settings->staging;
    place.reactive = !settings->staging;
  }
  place.blob_attributes = at.settings().blob_attributes;
  co_return place;
}

}  // namespace layer::features::warm
