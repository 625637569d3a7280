#include "engine/routes/router.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/routes/table.h"
#include "engine/routes/url.h"

namespace layer::engine::routes {
namespace {

constexpr std::string_view kLegacyPrefix = "/v1/vectors";
constexpr std::string_view kPrefix = "/v1/namespaces";

// The alias and a slash at the end are other spellings of the same path.
std::string canonical(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const std::string_view rest = path.substr(std::min(kLegacyPrefix.size(), path.size()));
  if (path.starts_with(kLegacyPrefix) && (rest.empty() || rest.starts_with('/'))) {
    return std::string(kPrefix).append(rest);
  }
  return std::string(path);
}

// The next segment of `path`, which is shortened by it. "/a/b" gives "a", then "b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

struct Captures {
  std::optional<std::string_view> ns;
  std::string_view token;
};

std::optional<Captures> match(std::string_view pattern, std::string_view path) {
  Captures captures;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view expected = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (expected == "{ns}") {
      captures.ns = found;
    } else if (expected == "{token}") {
      captures.token = found;
    } else if (expected != found) {
      return std::nullopt;
    }
  }
  return pattern.empty() && path.empty() ? std::optional(captures) : std::nullopt;
}

wire::Response no_route(const wire::Request& request, std::string allow) {
  const std::string_view method = wire::name(request.method);
  if (allow.empty()) {
    return error_response({.code = ErrorCode::kNotFound,
                           .message = fmt::format("🤷 no such route: {} {}", method,
                                                  std::string_view(request.path).substr(0, 256))});
  }
  wire::Response response = error_response(
      {.code = ErrorCode::kMethodNotAllowed,
       .message = fmt::format("💔 method {} is not allowed for {}, use {}", method,
                              std::string_view(request.path).substr(0, 256), allow)});
  response.headers.emplace_back("allow", std::move(allow));
  return response;
}

Result<wire::Response> run(Services& services, wire::Request request, const Route& route,
                           const Captures& captures, Stopwatch stopwatch) {
  Call call{.services = services,
            .request = std::move(request),
            .ns = {},
            .token = std::string(captures.token),
            .first_version = route.pattern.starts_with("/v1/"),
            .stopwatch = stopwatch};
  if (captures.ns) {
    LAYER_ASSIGN(call.ns, namespace_name(*captures.ns));
  }
  return route.handler(call);
}

Result<wire::Response> route_request(Services& services, wire::Request request,
                                     Stopwatch stopwatch) {
  const std::string path = canonical(request.path);
  std::string allow;
  for (const Route& route : route_table()) {
    const auto captures = match(route.pattern, path);
    if (!captures) {
      continue;
    }
    if (route.method == request.method) {
      return run(services, std::move(request), route, *captures, stopwatch);
    }
    allow += allow.empty() ? "" : ", ";
    allow += wire::name(route.method);
  }
  return no_route(request, std::move(allow));
}

}  // namespace

wire::Response dispatch(Services& services, wire::Request request) {
  const Stopwatch stopwatch;
  return respond([&] { return route_request(services, std::move(request), stopwatch); });
}

}  // namespace layer::engine::routes
