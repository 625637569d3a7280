#include "app/service_routes.h"

#include <fmt/format.h>

namespace layer::app {

http::Response ServiceRoutes::health(bool ready_route, bool details) const {
  const bool ready = ready_.load(std::memory_order_relaxed);
  if (ready_route && !ready) {
    return http::json_response(503,
                               fmt::format(R"({{"status":"draining","version":"{}"}})", version()));
  }
  if (!details) {
    return http::json_response(200, fmt::format(R"({{"status":"ok","version":"{}"}})", version()));
  }
  return http::json_response(
      200,
      fmt::format(R"({{"status":"ok","version":"{}","stores":[{{"name":"default","kind":"{}"}}]}})",
                  version(), store_kind_));
}

std::optional<http::Response> ServiceRoutes::answer_public(const http::Request& request) const {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const std::string_view path = request.path();
  if (!reads || (path != "/health" && path != "/ready")) {
    return std::nullopt;
  }
  return health(path == "/ready", false);
}

std::optional<http::Response> ServiceRoutes::answer_admin(const http::Request& request) const {
  const std::string_view path = request.path();
  const bool known = path == "/health" || path == "/ready" || path == "/metrics";
  if (!known) {
    return std::nullopt;
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return http::error_response(
        {.code = ErrorCode::kMethodNotAllowed, .message = "only GET is served here"});
  }
  if (path != "/metrics") {
    return health(path == "/ready", true);
  }
  http::Response response;
  response.headers.add("content-type", "text/plain; version=0.0.4");
  response.body = metrics_.print();
  return response;
}

async::Task<http::Response> AdminHandler::handle(http::Request& request) {
  if (auto response = routes_.answer_admin(request)) {
    co_return std::move(*response);
  }
  co_return http::error_response(
      {.code = ErrorCode::kNotFound, .message = "no such route; see /health, /ready and /metrics"});
}

}  // namespace layer::app
