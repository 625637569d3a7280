// Where the rows of a scan are: the store, the cache, the shards. Thread safety: any loop. What is
// referred to outlives the finder.
#pragma once

#include <cstdint>
#include <string>

#include "cache/document_cache.h"
#include "features/documents/origin.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::scans {

struct ScanPlace {
  cache::CachedNamespace cached;
  documents::Origin origin;
  std::uint32_t shards = 1;
  bool stamped = true;          // the Index wants writes to carry stamps
  bool stable_default = false;  // a read that names no level is a stable one
};

class PlaceFinder {
 public:
  PlaceFinder(const namespaces::Router& router, namespaces::StateCache& states)
      : router_(router), states_(states) {}

  // `authorization` as in documents::Origin. Errors: those of RoutingTable::find;
  // kServiceUnavailable while the namespace's state cannot be read.
  async::Task<Result<ScanPlace>> find(std::string ns, std::string authorization) const;
  // Which namespace of that name it is now, as far as this gateway knows; for a look at every page.
  std::uint64_t incarnation(std::string_view ns) const;

 private:
  const namespaces::Router& router_;
  namespaces::StateCache& states_;
};

}  // namespace layer::features::scans
