// Requests of all kinds of caller through the whole gateway: who is let in, what the store is sent.
#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "gateway/auth/test_store.h"
#include "gateway/gateway.h"
#include "gateway/proxy.h"
#include "http/gzip.h"

namespace layer::gateway {
namespace {

// Stands for every route the gateway makes itself.
struct OwnRoute final : RouteHandler {
  async::Task<Result<http::Response>> handle(Exchange& exchange) override {
    ns_proven = exchange.ns_proven;
    co_return http::json_response(200, R"({"held":"here"})");
  }
  bool ns_proven = false;
};

struct GatewayCallersTest : ::testing::Test {
  void use(AuthSetting setting) {
    auth.replace(*AuthPolicy::make(setting, {{.store = "default", .is_default = true}}));
  }
  void use_key(std::string_view key, Grants grants) {
    use(AuthSetting::kKeys);
    keys.replace(std::make_shared<KeyRing>(std::vector{
        KeyEntry{.digest = sha256(key),
                 .identity = std::make_shared<const Identity>(Identity{
                     .name = "k", .kind = CallerKind::kStaticKey, .grants = std::move(grants)})}}));
  }
  http::Response send(std::string method, std::string target, std::string bearer = "",
                      std::string text = "", http::Headers headers = {}) {
    if (!bearer.empty()) {
      headers.add("authorization", "Bearer " + bearer);
    }
    http::StringBody body(std::move(text));
    http::Request request{.method = std::move(method),
                          .target = std::move(target),
                          .headers = std::move(headers),
                          .peer = "127.0.0.1",
                          .body = &body};
    return async::run_blocking(loops.at(0), [&]() -> async::Task<http::Response> {
      co_return co_await gateway.handle(request);
    });
  }

  GatewayCallersTest() {
    for (const RouteId id : {RouteId::kListNamespaces, RouteId::kDeletions, RouteId::kStores,
                             RouteId::kNamespaceCapabilities}) {
      handlers.serve(id, own);
    }
    store.take_body = true;
  }

  async::Loops loops{1};
  async::CpuPool codec{{.name = "codec"}};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  StaticKeySource keys;
  Authenticator auth{{.policy = *AuthPolicy::make(AuthSetting::kKeys, {}),
                      .sources = {&keys},
                      .metrics = metrics,
                      .log = log}};
  TestStore store;
  OneStore targets{store};
  OwnRoute own;
  RouteHandlers handlers;
  Proxy proxy{auth, {.decoded_bytes_max = 1 << 20}};
  Deadlines deadlines;
  Cors cors{{}};
  RequestMetrics request_metrics{metrics};
  Gateway gateway{{.targets = targets,
                   .auth = auth,
                   .handlers = handlers,
                   .forward = proxy,
                   .deadlines = deadlines,
                   .cors = cors,
                   .metrics = request_metrics,
                   .log = log,
                   .codec_pool = codec},
                  {}};
};

TEST_F(GatewayCallersTest, RefusalsHaveTheirStatusAndWords) {
  use_key("the-key", Grants::of_everything({Scope::kRead}));
  const auto missing = send("GET", "/v1/namespaces/films/schema");
  EXPECT_EQ(missing.status, 401);
  EXPECT_NE(missing.body.find(R"("error":"unauthorized","message":"missing or malformed )"
                              R"(Authorization: Bearer header")"),
            std::string::npos);
  const auto unknown = send("GET", "/v1/namespaces/films/schema", "another-key");
  EXPECT_EQ(unknown.status, 403);
  EXPECT_NE(unknown.body.find(R"("error":"forbidden","message":"invalid API key")"),
            std::string::npos);
  const auto scope = send("POST", "/v2/namespaces/films", "the-key", "{}");
  EXPECT_EQ(scope.status, 403);
  EXPECT_NE(scope.body.find(R"("message":"insufficient API key scope","required_scope":"write")"),
            std::string::npos);
  EXPECT_EQ(store.calls, 0);
}

TEST_F(GatewayCallersTest, AKeyReachesTheStoreUnderTheStoresOwnCredential) {
  use_key("the-key", Grants::of_everything({Scope::kRead}));
  EXPECT_EQ(send("GET", "/v1/namespaces/films/schema", "the-key").status, 200);
  EXPECT_EQ(store.last_authorization, "");
}

TEST_F(GatewayCallersTest, PatternsSeeTheNameTheStoreWillSee) {
  Grants grants;
  grants.stores.emplace("default",
                        StoreRight{.scopes = {Scope::kRead}, .namespaces = {Glob("team-*")}});
  use_key("the-key", grants);
  EXPECT_EQ(send("GET", "/v1/namespaces/team-a/schema", "the-key").status, 200);
  EXPECT_EQ(send("GET", "/v1/namespaces/%74eam-a/schema", "the-key").status, 200);
  EXPECT_EQ(send("GET", "/v1/namespaces/films/schema", "the-key").status, 403);
  EXPECT_EQ(send("GET", "/v1/namespaces/%66ilms/schema", "the-key").status, 403);
  EXPECT_EQ(send("GET", "/v1/namespaces/team-a%2F..%2Ffilms/schema", "the-key").status, 200);
  EXPECT_EQ(store.last_target, "/v1/namespaces/team-a%2F..%2Ffilms/schema");
  EXPECT_EQ(send("GET", "/v1/namespaces/team-a/../films/schema", "the-key").status, 422);
  EXPECT_EQ(send("GET", "/v1/namespaces/%2e%2e/schema", "the-key").status, 422);
}

TEST_F(GatewayCallersTest, PassthroughSendsTheBearerOnAndAsksNothingElse) {
  use(AuthSetting::kPassthrough);
  EXPECT_EQ(send("GET", "/v1/namespaces/films/schema", "tpuf_x").status, 200);
  EXPECT_EQ(store.last_authorization, "Bearer tpuf_x");
  EXPECT_EQ(send("GET", "/v1/namespaces", "tpuf_x").status, 200);
  EXPECT_EQ(send("GET", "/v1/something/new", "tpuf_x").status, 200);
  EXPECT_EQ(store.calls, 3);
}

TEST_F(GatewayCallersTest, WhatTheGatewayHoldsNeedsAVerifiedBearer) {
  use(AuthSetting::kPassthrough);
  store.answer = [](const store::Call& call) -> Result<store::Answer> {
    return store::Answer{.status = call.authorization == "Bearer good" ? 200 : 401};
  };
  EXPECT_EQ(send("GET", "/v2/namespaces/films/deletions", "good").status, 200);
  EXPECT_EQ(store.last_target, "/v2/namespaces/films/metadata");
  const auto refused = send("GET", "/v2/namespaces/films/deletions", "bad");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body.find("held"), std::string::npos);
  EXPECT_EQ(send("GET", "/v2/namespaces/films/deletions", "good").status, 200);
  EXPECT_EQ(store.calls, 2);
  // Whole stores and the deployment take more than a bearer of the store's.
  EXPECT_EQ(send("GET", "/v2/namespaces", "good").status, 403);
  EXPECT_EQ(send("GET", "/v2/vectorstores", "good").status, 403);
}

TEST_F(GatewayCallersTest, ANamespaceTheStoreDoesNotKnowIsNoProof) {
  use(AuthSetting::kPassthrough);
  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return store::Answer{.status = 404};
  };
  EXPECT_EQ(send("GET", "/v2/namespaces/films/capabilities", "tpuf_x").status, 404);
  // Receipts outlive their namespace; their handler knows that there is no proof.
  EXPECT_EQ(send("GET", "/v2/namespaces/films/deletions", "tpuf_x").status, 200);
  EXPECT_FALSE(own.ns_proven);
  store.answer = [](const store::Call&) -> Result<store::Answer> { return store::Answer{}; };
  EXPECT_EQ(send("GET", "/v2/namespaces/films/deletions", "tpuf_x").status, 200);
  EXPECT_TRUE(own.ns_proven);
}

TEST_F(GatewayCallersTest, SourcesInBodiesAreCheckedHoweverTheyArePacked) {
  Grants grants;
  grants.stores.emplace("default", StoreRight{.scopes = {Scope::kRead, Scope::kWrite},
                                              .namespaces = {Glob("team-*")}});
  use_key("the-key", grants);
  const std::string granted = R"({"copy_from_namespace":"team-b"})";
  const std::string forbidden = R"({"x":1,"\u0063opy_from_namespace":"films"})";
  const auto write = [&](const std::string& path, const std::string& body, http::Headers headers) {
    return send("POST", path, "the-key", body, std::move(headers)).status;
  };
  for (const auto* const path : {"/v2/namespaces/team-a", "/v1/namespaces/team-a",
                                 "/v2/namespaces/team-a/async", "/v2/namespaces/team-a/new"}) {
    EXPECT_EQ(write(path, granted, {}), 200) << path;
    EXPECT_EQ(write(path, forbidden, {}), 403) << path;
    EXPECT_EQ(write(path, http::gzip(forbidden), {{"content-encoding", "gzip"}}), 403) << path;
    EXPECT_EQ(write(path, http::gzip(granted), {{"content-encoding", "gzip"}}), 200) << path;
    EXPECT_EQ(store.last_body, granted);
    EXPECT_EQ(write(path, http::gzip(forbidden), {}), 403) << path;
  }
  // A body that is not JSON is the store's to refuse.
  EXPECT_EQ(write("/v2/namespaces/team-a", "not json", {}), 200);
  EXPECT_EQ(store.last_body, "not json");
}

TEST_F(GatewayCallersTest, DrainIsToldToCallersWithAKeyOnly) {
  use_key("the-key", Grants::of_everything({Scope::kRead}));
  gateway.refuse_new();
  EXPECT_EQ(send("GET", "/v1/namespaces/films/schema").status, 401);
  EXPECT_EQ(send("GET", "/v1/namespaces/films/schema", "the-key").status, 503);
}

}  // namespace
}  // namespace layer::gateway
