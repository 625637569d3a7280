// Where a namespace lives and what is known of it, for work that outlives a request: the store's
// own credential opens it. Thread safety: any loop. What is referred to outlives the finder.
#pragma once

#include <memory>
#include <string>

#include "features/documents/origin.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::snapshots {

struct Place {
  std::string ns;  // logical name
  documents::Origin origin;
  std::uint64_t incarnation = 0;
  const resources::IndexSpec* index = nullptr;              // null: nobody speaks for it
  std::shared_ptr<const namespaces::RoutingTable> table{};  // keeps `index`
};

class PlaceFinder {
 public:
  PlaceFinder(const namespaces::Router& router, namespaces::StateCache& states)
      : router_(router), states_(states) {}

  // Errors: those of RoutingTable::find; kServiceUnavailable while the namespace's state cannot be
  // read: what belongs to a deleted namespace could be taken for its successor's.
  async::Task<Result<Place>> find(std::string ns) const;
  // Namespaces whose Index names fields to count.
  std::vector<std::string> with_facets() const;
  const namespaces::Router& router() const { return router_; }

 private:
  const namespaces::Router& router_;
  namespaces::StateCache& states_;
};

}  // namespace layer::features::snapshots
