#include "features/layout/place.h"

#include <utility>

#include "features/namespaces/slices.h"
#include "features/namespaces/store_metadata.h"
#include "features/namespaces/upstream.h"
#include "features/pages/store_query.h"
#include "wire/reserved_names.h"

namespace layer::features::layout {

async::Task<Result<Place>> find_place(const namespaces::Router& router,
                                      namespaces::StateCache& states, std::string ns) {
  const auto table = router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(ns));
  auto state = states.known(route.logical);
  if (!state->known) {
    state = co_await states.load(std::string(route.logical));
  }
  if (!state->known) {
    co_return fail(ErrorCode::kServiceUnavailable,
                   "the state of the namespace cannot be read from the object store");
  }
  co_return Place{
      .cached = {.store = std::string(route.store->name()),
                 .ns = std::string(route.logical),
                 .incarnation = state->incarnation},
      .origin = {
          .store = route.store, .physical = std::string(route.physical), .authorization = {}}};
}

async::Task<Result<StoreView>> look_at_store(const documents::Origin& origin,
                                             async::TimePoint deadline) {
  constexpr int kOk = 200;
  LAYER_CO_ASSIGN(
      store::Answer answer,
      co_await namespaces::read_from(*origin.store, namespaces::metadata_target(origin.physical),
                                     origin.authorization, deadline));
  if (answer.status != kOk) {
    co_return std::unexpected(
        pages::refusal_of({.status = answer.status, .body = std::move(answer.body)}));
  }
  LAYER_CO_ASSIGN(const auto metadata, namespaces::parse_metadata(answer.body));
  const auto schema = namespaces::raw_member(answer.body, "schema");
  co_return StoreView{.id_type = metadata.id_type,
                      .row_count = metadata.row_count,
                      .has_shards = !namespaces::raw_member(schema, wire::kShardAttribute).empty()};
}

}  // namespace layer::features::layout
