// Where a namespace that gets a layout lies, for work that outlives a request: the store's own
// credential opens it. Thread safety: any loop; what is referred to outlives the await.
#pragma once

#include <optional>
#include <string>

#include "cache/document_cache.h"
#include "features/documents/origin.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::layout {

struct Place {
  cache::CachedNamespace cached;
  documents::Origin origin;
};

// Errors: those of RoutingTable::find; kServiceUnavailable while the namespace's state cannot be
// read.
async::Task<Result<Place>> find_place(const namespaces::Router& router,
                                      namespaces::StateCache& states, std::string ns);

// What the store says of a namespace, as far as a layout asks.
struct StoreView {
  std::optional<wire::IdType> id_type{};
  std::optional<std::uint64_t> row_count{};
  bool has_shards = false;  // its schema knows the shard attribute
};
// Errors: kNotFound (no such namespace), those of VectorStore::send, kUpstream.
async::Task<Result<StoreView>> look_at_store(const documents::Origin& origin,
                                             async::TimePoint deadline);

}  // namespace layer::features::layout
