#include "gateway/cors.h"

#include <algorithm>

namespace layer::gateway {
namespace {

// Every response header of the contract's list; "*" would not do for requests with credentials.
constexpr std::string_view kExposed =
    "x-layer-served-by, x-layer-cache, x-layer-stable-as-of, x-layer-stable-cut, "
    "x-layer-next-cursor, x-layer-partial, x-layer-warning, x-layer-write-token, x-layer-query-id, "
    "x-layer-job-id, x-layer-deletion-id, server-timing, traceparent, retry-after, retry-after-ms, "
    "x-should-retry, location, preference-applied";
constexpr std::string_view kPreflightSeconds = "600";

}  // namespace

std::optional<std::string_view> Cors::listed_origin(const http::Headers& request) const {
  if (origins_.empty()) {
    return std::nullopt;
  }
  const auto origin = request.find("origin");
  const bool listed = origin && std::ranges::any_of(origins_, [&](const std::string& known) {
                        return known == "*" || known == *origin;
                      });
  return listed ? origin : std::nullopt;
}

std::optional<http::Response> Cors::preflight(const http::Request& request) const {
  if (origins_.empty() || request.method != "OPTIONS" ||
      !request.headers.has("access-control-request-method") || !listed_origin(request.headers)) {
    return std::nullopt;
  }
  http::Response response;
  response.status = 204;
  response.headers.add("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  if (const auto asked = request.headers.find("access-control-request-headers")) {
    response.headers.add("access-control-allow-headers", *asked);
  }
  response.headers.add("access-control-max-age", kPreflightSeconds);
  return response;
}

void Cors::allow(const http::Headers& request, http::Headers& answer) const {
  if (const auto origin = listed_origin(request)) {
    answer.add("access-control-allow-origin", *origin);
    answer.add("access-control-expose-headers", kExposed);
    answer.add("vary", "origin");
  }
}

}  // namespace layer::gateway
