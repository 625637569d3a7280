// The namespaces that a write copies or branches from (rule B1 of the contract). Thread safety:
// pure functions. Cost: one pass over the body, one copy when a name changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/namespaces/routing.h"

namespace layer::features::namespaces {

struct CopySources {
  bool copies = false;    // copy_from_namespace
  bool branches = false;  // branch_from_namespace
  // The body with the names the sources have in their store; nullopt: as it was.
  std::optional<std::string> body{};
};

// A body of another shape names no source: the store reports what is wrong with it. Sources of
// another organisation or region (`source_api_key`, `source_region`) keep their names. Errors:
// kBranchAcrossStores when source and target lie in different stores; those of RoutingTable::find.
Result<CopySources> map_copy_sources(std::string_view body, const RoutingTable& table,
                                     const Route& target);

}  // namespace layer::features::namespaces
