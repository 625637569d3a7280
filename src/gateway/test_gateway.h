// A gateway on a free port in front of a store a test plays, for tests over real sockets. Thread
// safety: one test.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "async/cpu_pool.h"
#include "async/loops.h"
#include "core/limits.h"
#include "gateway/auth/auth_policy.h"
#include "gateway/gateway.h"
#include "gateway/proxy.h"
#include "http/server.h"
#include "http/test_socket.h"

namespace layer::gateway {

class TestGateway {
 public:
  struct Setup {
    AuthSetting auth = AuthSetting::kPassthrough;
    std::vector<std::string> cors_origins{};
    Gateway::Options options{.access_log = false};
    std::uint64_t decoded_bytes_max = core::limits::request_body_bytes_max;
  };

  explicit TestGateway(store::VectorStore& store, async::Loops& loops)
      : TestGateway(store, loops, Setup()) {}
  TestGateway(store::VectorStore& store, async::Loops& loops, Setup setup)
      : targets_(store),
        auth_({.policy = *AuthPolicy::make(
                   setup.auth, {{.store = std::string(store.name()), .is_default = true}}),
               .sources = {},
               .metrics = metrics,
               .log = log_}),
        proxy_(auth_, {.decoded_bytes_max = setup.decoded_bytes_max}),
        cors_(std::move(setup.cors_origins)),
        counted_(std::make_unique<RequestMetrics>(metrics)),
        gateway({.targets = targets_,
                 .auth = auth_,
                 .handlers = handlers,
                 .forward = proxy_,
                 .deadlines = deadlines,
                 .cors = cors_,
                 .metrics = *counted_,
                 .log = log_,
                 .codec_pool = pool_},
                setup.options) {
    http::ServerOptions options;
    options.tick = std::chrono::milliseconds(5);
    server_ = std::move(*http::Server::start(options, loops, gateway));
  }
  ~TestGateway() { server_->stop({}, std::chrono::seconds(10)); }

  std::uint16_t port() const { return server_->port(); }
  http::Server& server() { return *server_; }

  // One request on a connection of its own: head and body of the answer.
  std::pair<std::string, std::string> send(const std::string& request) const {
    http::testing::TestSocket client(port());
    client.send(request);
    return client.read_response();
  }
  // "GET /path" or "POST /path" with a key, further header lines and a body.
  std::pair<std::string, std::string> ask(const std::string& line, const std::string& body = "",
                                          const std::string& headers = "") const {
    return send(line + " HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer key\r\n" +
                headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  core::Metrics metrics;
  Deadlines deadlines;
  RouteHandlers handlers;

 private:
  core::Logger log_{{.level = core::LogLevel::kOff}};
  async::CpuPool pool_{{.name = "codec"}};
  OneStore targets_;
  Authenticator auth_;
  Proxy proxy_;
  Cors cors_;
  std::unique_ptr<RequestMetrics> counted_;

 public:
  Gateway gateway;

 private:
  std::unique_ptr<http::Server> server_;
};

}  // namespace layer::gateway
