#include "features/snapshots/place.h"

#include "resources/index_table.h"

namespace layer::features::snapshots {

async::Task<Result<Place>> PlaceFinder::find(std::string ns) const {
  auto table = router_.table();
  LAYER_CO_ASSIGN(const auto route, table->find(ns));
  auto state = states_.known(route.logical);
  if (!state->known) {
    state = co_await states_.load(std::string(route.logical));
  }
  if (!state->known) {
    co_return fail(ErrorCode::kServiceUnavailable,
                   "the state of the namespace cannot be read from the object store");
  }
  co_return Place{.ns = std::string(route.logical),
                  .origin = {.store = route.store,
                             .physical = std::string(route.physical),
                             .authorization = {}},
                  .incarnation = state->incarnation,
                  .index = route.index,
                  .table = std::move(table)};
}

std::vector<std::string> PlaceFinder::with_facets() const {
  std::vector<std::string> out;
  const auto table = router_.table();
  for (const auto& index : table->indexes()) {
    if (index.in_force && !index.spec->facet_fields.empty()) {
      out.emplace_back(resources::logical_namespace(index));
    }
  }
  return out;
}

}  // namespace layer::features::snapshots
