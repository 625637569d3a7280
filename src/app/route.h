// What a request is about, for logs and metrics: a bounded set of route names, never the raw path.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace layer::app {

struct Route {
  std::size_t index;                // below route_count()
  std::string_view name;            // "/v2/namespaces/{ns}/query"
  std::string_view namespace_name;  // the raw segment, empty where there is none
};

Route classify(std::string_view path);
std::size_t route_count();
std::string_view route_name(std::size_t index);

}  // namespace layer::app
