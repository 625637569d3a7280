#include "app/api_handler.h"

#include <utility>

#include "app/route.h"
#include "http/body.h"
#include "store/embedded/embedded_store.h"

namespace layer::app {
namespace {

// Counts what the caller sent, for the access line.
class CountingBody final : public http::Body {
 public:
  CountingBody(http::Body& inner, std::size_t& bytes) : inner_(inner), bytes_(bytes) {}
  async::Task<Result<std::string_view>> next() override {
    auto piece = co_await inner_.next();
    bytes_ += piece ? piece->size() : 0;
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return inner_.size(); }

 private:
  http::Body& inner_;
  std::size_t& bytes_;
};

std::string origin_target(const http::Request& request) {
  std::string target(request.path());
  if (const std::string_view query = request.query(); !query.empty()) {
    target += '?';
    target += query;
  }
  return target;
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

http::Response to_http(store::Answer answer) {
  return {.status = answer.status,
          .headers = std::move(answer.headers),
          .body = std::move(answer.body),
          .stream = std::move(answer.stream)};
}

}  // namespace

async::Task<http::Response> ApiHandler::handle(http::Request& request) {
  const auto begun = async::SteadyClock::now();
  const Route route = classify(request.path());
  std::size_t bytes_in = 0;
  http::Response response = co_await answer(request, bytes_in);
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
  CountingBody body(*request.body, bytes_in);
  store::Call call;
  call.method = request.method;
  call.target = origin_target(request);
  call.headers = request.headers;
  call.stream = &body;
  auto answer = co_await parts_.store.send(std::move(call));
  if (!answer) {
    co_return failed(answer.error());
  }
  co_return to_http(std::move(*answer));
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
