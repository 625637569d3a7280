// Where the rows of an export are, for work that outlives a request: the store's own credential
// opens it. Thread safety: any loop. What is referred to outlives the finder.
#pragma once

#include <cstdint>
#include <string>

#include "features/documents/origin.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::exports {

struct ExportPlace {
  std::string store;
  std::string ns;  // logical name
  std::uint64_t incarnation = 0;
  std::uint32_t shards = 1;
  bool stamped = true;  // rows carry the time of their last write
  documents::Origin origin;
};

class PlaceFinder {
 public:
  PlaceFinder(const namespaces::Router& router, namespaces::StateCache& states)
      : router_(router), states_(states) {}

  // Errors: those of RoutingTable::find; kServiceUnavailable while the namespace's state cannot be
  // read: which namespace of that name it is would not be known.
  async::Task<Result<ExportPlace>> find(std::string ns) const;
  // Of the namespace now, as far as this gateway knows; for a look at every page.
  std::uint64_t incarnation(std::string_view ns) const;

 private:
  const namespaces::Router& router_;
  namespaces::StateCache& states_;
};

}  // namespace layer::features::exports
