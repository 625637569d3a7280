#include "app/api_handler.h"

#include <utility>

#include "app/route.h"
#include "core/limits.h"
#include "http/gzip.h"
#include "store/embedded/embedded_store.h"

namespace layer::app {
namespace {

// Below this, compressing at once costs less than a millisecond and less than a change of threads.
constexpr std::size_t kInlineCodecBytes = 64 * 1024;

wire::Method wire_method(std::string_view method) {
  constexpr std::pair<std::string_view, wire::Method> kMethods[] = {
      {"GET", wire::Method::kGet},     {"HEAD", wire::Method::kHead},
      {"POST", wire::Method::kPost},   {"PUT", wire::Method::kPut},
      {"PATCH", wire::Method::kPatch}, {"DELETE", wire::Method::kDelete},
  };
  for (const auto& [name, value] : kMethods) {
    if (name == method) {
      return value;
    }
  }
  return wire::Method::kOther;
}

http::Response to_http(wire::Response answer) {
  http::Response response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.headers.add("content-type", answer.content_type);
  for (const auto& [name, value] : answer.headers) {
    response.headers.add(name, value);
  }
  return response;
}

}  // namespace

async::Task<http::Response> ApiHandler::handle(http::Request& request) {
  const auto begun = async::SteadyClock::now();
  const Route route = classify(request.path());
  std::size_t bytes_in = 0;
  http::Response response = co_await answer(request, bytes_in);
  co_await encode(request, response);
  const std::chrono::duration<double> seconds = async::SteadyClock::now() - begun;
  parts_.metrics.count(route.index, response.status, seconds.count(), bytes_in,
                       response.body.size());
  if (parts_.access_log) {
    parts_.log.info("request", {{"method", request.method},
                                {"route", route.name},
                                {"namespace", route.namespace_name},
                                {"status", response.status},
                                {"bytes_in", bytes_in},
                                {"bytes_out", response.body.size()},
                                {"ms", seconds.count() * 1000},
                                {"peer", request.peer}});
  }
  co_return response;
}

async::Task<http::Response> ApiHandler::answer(http::Request& request, std::size_t& bytes_in) {
  if (auto service = parts_.service.answer_public(request)) {
    co_return std::move(*service);
  }
  if (const auto allowed = parts_.auth.check(request.headers); !allowed) {
    auto response = http::error_response(allowed.error());
    response.headers.add("www-authenticate", "Bearer");
    co_return response;
  }
  if (parts_.admin_here) {
    if (auto service = parts_.service.answer_admin(request)) {
      co_return std::move(*service);
    }
  }
  auto body = co_await read_body(request);
  if (!body) {
    co_return failed(body.error());
  }
  bytes_in = body->size();
  wire::Request call;
  call.method = wire_method(request.method);
  call.path = request.path();
  call.query = request.query();
  call.body = std::move(*body);
  call.respond_async = request.headers.has_token("prefer", "respond-async");
  co_return to_http(co_await parts_.store.handle(std::move(call)));
}

async::Task<Result<std::string>> ApiHandler::read_body(http::Request& request) {
  LAYER_CO_ASSIGN(const http::ContentCoding coding, http::content_coding(request.headers));
  LAYER_CO_ASSIGN(std::string body, co_await http::read_all(*request.body, parts_.body_bytes_max));
  if (coding == http::ContentCoding::kIdentity || body.empty()) {
    co_return body;
  }
  auto inflated =
      co_await parts_.codec_pool.run([&] { return http::gunzip(body, parts_.body_bytes_max); });
  if (!inflated) {
    co_return std::unexpected(std::move(inflated).error());
  }
  co_return std::move(*inflated);
}

async::Task<> ApiHandler::encode(const http::Request& request, http::Response& response) {
  if (response.body.size() < core::limits::response_gzip_bytes_min ||
      response.headers.has("content-encoding") || !http::accepts_gzip(request.headers)) {
    co_return;
  }
  if (response.body.size() <= kInlineCodecBytes) {
    response.body = http::gzip(response.body);
  } else {
    auto packed = co_await parts_.codec_pool.run([&] { return http::gzip(response.body); });
    if (!packed) {
      co_return;  // a busy pool: the plain body is as good an answer
    }
    response.body = std::move(*packed);
  }
  response.headers.add("content-encoding", "gzip");
  response.headers.add("vary", "accept-encoding");
}

http::Response ApiHandler::failed(const Error& error) {
  if (error.code == ErrorCode::kInternal) {
    parts_.log.error("a handler failed", {{"what", error.message}});
    return to_http(store::unknown_error());
  }
  if (error.code == ErrorCode::kTooManyRequests) {
    return to_http(store::busy());
  }
  parts_.log.debug("refused", {{"what", error.message}});
  return http::error_response(error);
}

}  // namespace layer::app
