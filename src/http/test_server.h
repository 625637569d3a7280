// A server on a free port with a handler given as a function, for tests.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "http/server.h"

namespace layer::http::testing {

class TestServer final : public Handler {
 public:
  using Function = std::function<async::Task<Response>(Request&)>;

  explicit TestServer(Function function, ServerOptions options = quick(), std::size_t loops = 1)
      : function_(std::move(function)),
        loops_(loops),
        server_(std::move(*Server::start(std::move(options), loops_, *this))) {}
  ~TestServer() override { server_->stop({}, std::chrono::seconds(5)); }

  // Time-outs are looked at often, so tests of them are short.
  static ServerOptions quick() {
    ServerOptions options;
    options.tick = std::chrono::milliseconds(5);
    return options;
  }

  async::Task<Response> handle(Request& request) override { return function_(request); }
  Response failed(const Error& error) override { return error_response(error); }

  Server& server() { return *server_; }
  async::Loops& loops() { return loops_; }
  std::uint16_t port() const { return server_->port(); }

 private:
  Function function_;
  async::Loops loops_;
  std::unique_ptr<Server> server_;
};

inline Response text_response(std::string text) {
  Response response;
  response.body = std::move(text);
  return response;
}

// Answers with the method, the raw target and the body.
inline async::Task<Response> echo(Request& request) {
  auto body = co_await read_all(*request.body, 1ULL << 30U);
  if (!body) {
    co_return error_response(body.error());
  }
  co_return text_response(request.method + " " + request.target + " " + *body);
}

}  // namespace layer::http::testing
