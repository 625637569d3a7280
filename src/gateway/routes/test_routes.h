// One request to a handler without a gateway around it, for tests of this folder. Thread safety:
// one test's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "async/loops.h"
#include "async/run.h"
#include "core/log.h"
#include "core/metrics.h"
#include "features/namespaces/routing.h"
#include "gateway/auth/authenticator.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"
#include "gateway/routed_targets.h"
#include "testing/fake_store.h"

namespace layer::gateway {

inline Caller caller_with(Grants grants, CallerKind kind = CallerKind::kStaticKey) {
  return {std::make_shared<const Identity>(
              Identity{.name = "key", .kind = kind, .grants = std::move(grants)}),
          Digest{}};
}
inline Caller reader() {
  return caller_with(Grants::of_everything({Scope::kRead}));
}
// Reads the namespaces of one store that fit the pattern, and the deployment.
inline Caller reader_of(std::string_view store, std::string_view pattern) {
  Grants grants{.layer = {Scope::kRead}};
  grants.stores.emplace(store, StoreRight{.scopes = {Scope::kRead}, .namespaces = {Glob(pattern)}});
  return caller_with(std::move(grants));
}

// Two stores, "us" (the default) and "eu", whose metadata and lists a test writes.
struct TestRoutes {
  TestRoutes() {
    for (auto* store : {&us, &eu}) {
      store->script([this](const layer::testing::SeenCall& call) { return reply(call.target); });
    }
  }

  async::Task<Result<store::Answer>> reply(std::string target) {
    const auto known = answers.find(target);
    if (known == answers.end()) {
      co_return layer::testing::answer(404, R"({"status":"error","error":"not here"})");
    }
    co_return layer::testing::answer(known->second.first, known->second.second);
  }

  // The answer of `handler`, its exchange's end included in `last`.
  Result<http::Response> ask(RouteHandler& handler, std::string target, Caller caller = reader(),
                             http::Headers headers = {}, std::string method = "GET") {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<http::Response>> {
      http::StringBody body{""};
      http::Request request{.method = method,
                            .target = target,
                            .headers = headers,
                            .peer = "127.0.0.1",
                            .body = &body};
      Exchange exchange(request, match_route(request.method, request.path()));
      exchange.caller.emplace(std::move(caller));
      LAYER_CO_ASSIGN(exchange.target, targets.resolve(exchange.ns()));
      auto answer = co_await handler.handle(exchange);
      relayed_status = exchange.relayed_status;
      co_return answer;
    });
  }

  std::map<std::string, std::pair<int, std::string>> answers;
  int relayed_status = 0;
  layer::testing::FakeStore us{"us"};
  layer::testing::FakeStore eu{"eu", "embedded"};
  features::namespaces::Router router{[this](std::string_view name) -> store::VectorStore* {
    return name.empty() || name == "us" ? &us : name == "eu" ? &eu : nullptr;
  }};
  RoutedTargets targets{router};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  Authenticator auth{{.policy = nullptr, .sources = {}, .metrics = metrics, .log = log}};
  Proxy proxy{auth, {.decoded_bytes_max = 1 << 20}};
  async::Loops loops{1};
};

}  // namespace layer::gateway
