#include "features/exports/export_place.h"

#include <utility>

#include "features/namespaces/place.h"
#include "features/shards/shards.h"

namespace layer::features::exports {

async::Task<Result<ExportPlace>> PlaceFinder::find(std::string ns) const {
  LAYER_CO_ASSIGN(namespaces::Place at,
                  co_await namespaces::find_place(router_, states_, std::move(ns)));
  co_return ExportPlace{
      .store = std::string(at.store->name()),
      .ns = std::move(at.logical),
      .incarnation = at.state->incarnation,
      .shards = shards::shard_count(*at.state),
      .stamped = at.settings().stamp,
      .origin = {.store = at.store, .physical = std::move(at.physical), .authorization = {}}};
}

std::uint64_t PlaceFinder::incarnation(std::string_view ns) const {
  return states_.known(ns)->incarnation;
}

}  // namespace layer::features::exports
