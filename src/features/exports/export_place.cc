#include "features/exports/export_place.h"

#include "features/namespaces/settings.h"
#include "features/shards/shards.h"

namespace layer::features::exports {

async::Task<Result<ExportPlace>> PlaceFinder::find(std::string ns) const {
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
  co_return ExportPlace{
      .store = std::string(route.store->name()),
      .ns = std::string(route.logical),
      .incarnation = state->incarnation,
      .shards = shards::shard_count(*state),
      .stamped = namespaces::settings(route).stamp,
      .origin = {
          .store = route.store, .physical = std::string(route.physical), .authorization = {}}};
}

std::uint64_t PlaceFinder::incarnation(std::string_view ns) const {
  return states_.known(ns)->incarnation;
}

}  // namespace layer::features::exports
