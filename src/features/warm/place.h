// Where a namespace's rows are cached and read, for work that outlives a request: the store's own
// credential opens it. Thread safety: any loop. What is referred to outlives the finder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cache/document_cache.h"
#include "features/documents/origin.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::warm {

struct Place {
  cache::CachedNamespace cached;
  documents::Origin origin;
  bool reactive = false;                       // its Index wants reads to start a warm (rule H14)
  std::vector<std::string> blob_attributes{};  // that hold references to blobs
};

class PlaceFinder {
 public:
  PlaceFinder(const namespaces::Router& router, namespaces::StateCache& states)
      : router_(router), states_(states) {}

  // Errors: those of RoutingTable::find; kServiceUnavailable while the namespace's state cannot be
  // read: rows of a deleted namespace could be taken for those of its successor.
  async::Task<Result<Place>> find(std::string ns) const;

 private:
  const namespaces::Router& router_;
  namespaces::StateCache& states_;
};

}  // namespace layer::features::warm
