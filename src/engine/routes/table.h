// The table of routes: every path and method of the store's API, in one place.
#pragma once

#include <span>
#include <string_view>

#include "engine/routes/call.h"

namespace layer::engine::routes {

struct Route {
  wire::Method method;
  // Segments; {ns} and {token} match any one segment. "/v1/vectors" is an alias of
  // "/v1/namespaces" and has no rows of its own.
  std::string_view pattern;
  Handler handler;
};

std::span<const Route> route_table();

}  // namespace layer::engine::routes
