#include "features/layout/place.h"

#include <utility>

#include "features/namespaces/place.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/store_metadata.h"
#include "features/namespaces/upstream.h"
#include "features/pages/store_query.h"
#include "wire/reserved_names.h"

namespace layer::features::layout {

async::Task<Result<Place>> find_place(const namespaces::Router& router,
                                      namespaces::StateCache& states, std::string ns) {
  LAYER_CO_ASSIGN(namespaces::Place at,
                  co_await namespaces::find_place(router, states, std::move(ns)));
  co_return Place{
      .cached = {.store = std::string(at.store->name()),
                 .ns = std::move(at.logical),
                 .incarnation = at.state->incarnation},
      .origin = {.store = at.store, .physical = std::move(at.physical), .authorization = {}}};
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
