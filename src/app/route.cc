#include "app/route.h"

#include <array>

namespace layer::app {
namespace {

constexpr std::array<std::string_view, 17> kRoutes{
    "other",
    "/health",
    "/ready",
    "/metrics",
    "/v1/namespaces",
    "/v1/namespaces/{ns}",
    "/v2/namespaces/{ns}",
    "/v2/namespaces/{ns}/async",
    "/v1/namespaces/{ns}/query",
    "/v2/namespaces/{ns}/query",
    "/v2/namespaces/{ns}/explain_query",
    "/v1/namespaces/{ns}/schema",
    "/v1/namespaces/{ns}/metadata",
    "/v2/namespaces/{ns}/metadata",
    "/v1/namespaces/{ns}/hint_cache_warm",
    "/v1/namespaces/{ns}/_debug/recall",
    "/v1/namespaces/{ns}/operations/{token}",
};
constexpr std::string_view kMark = "{ns}";
constexpr std::string_view kToken = "{token}";

bool same_tail(std::string_view pattern, std::string_view tail) {
  if (pattern.ends_with(kToken)) {
    pattern.remove_suffix(kToken.size());
    return tail.starts_with(pattern) && tail.find('/', pattern.size()) == std::string_view::npos;
  }
  return pattern == tail;
}

}  // namespace

Route classify(std::string_view path) {
  for (std::size_t i = 1; i < kRoutes.size(); ++i) {
    const std::string_view pattern = kRoutes[i];
    const std::size_t mark = pattern.find(kMark);
    if (mark == std::string_view::npos) {
      if (pattern == path) {
        return {i, pattern, {}};
      }
      continue;
    }
    if (!path.starts_with(pattern.substr(0, mark))) {
      continue;
    }
    const std::string_view rest = path.substr(mark);
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const std::string_view tail =
        slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    if (!segment.empty() && same_tail(pattern.substr(mark + kMark.size()), tail)) {
      return {i, pattern, segment};
    }
  }
  return {0, kRoutes[0], {}};
}

std::size_t route_count() {
  return kRoutes.size();
}

std::string_view route_name(std::size_t index) {
  return kRoutes[index];
}

}  // namespace layer::app
