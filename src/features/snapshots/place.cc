#include "features/snapshots/place.h"

#include <utility>

#include "features/namespaces/place.h"
#include "resources/index_table.h"

namespace layer::features::snapshots {

async::Task<Result<Place>> PlaceFinder::find(std::string ns) const {
  LAYER_CO_ASSIGN(namespaces::Place at,
                  co_await namespaces::find_place(router_, states_, std::move(ns)));
  co_return Place{
      .ns = std::move(at.logical),
      .origin = {.store = at.store, .physical = std::move(at.physical), .authorization = {}},
      .incarnation = at.state->incarnation,
      .index = at.index,
      .table = std::move(at.table)};
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
