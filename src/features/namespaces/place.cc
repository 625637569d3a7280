#include "features/namespaces/place.h"

#include <utility>

namespace layer::features::namespaces {

async::Task<Result<Place>> find_place(const Router& router, StateCache& states, std::string ns) {
  auto table = router.table();
  LAYER_CO_ASSIGN(const Route route, table->find(ns));
  StatePtr state = states.known(route.logical);
  if (!state->known) {
    state = co_await states.load(std::string(route.logical));
  }
  if (!state->known) {
    co_return fail(ErrorCode::kServiceUnavailable,
                   "the state of the namespace cannot be read from the object store");
  }
  co_return Place{.store = route.store,
                  .logical = std::string(route.logical),
                  .physical = std::string(route.physical),
                  .state = std::move(state),
                  .index = route.index,
                  .table = std::move(table)};
}

}  // namespace layer::features::namespaces
