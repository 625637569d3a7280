// The routes of documents, between a caller and a store both played by the test.
#include <gtest/gtest.h>

#include "features/documents/test_cache.h"
#include "features/freshness/signing_keys.h"
#include "features/freshness/write_token.h"
#include "gateway/routes/document_routes.h"
#include "gateway/routes/test_rig.h"

namespace layer::gateway {
namespace {

namespace documents = features::documents;
namespace freshness = features::freshness;
namespace namespaces = features::namespaces;

class DocumentsTest : public ::testing::Test {
 protected:
  DocumentsTest() {
    routes.serve(handlers);
    rig.store.answer = [this](const store::Call& call) -> Result<store::Answer> {
      store::Answer answer{.headers = {{"content-type", "application/json"}}};
      if (call.target.ends_with("/metadata")) {
        ++metadata_calls;
        answer.body = metadata;
      } else {
        query = call.body;
        answer.status = status;
        answer.body = rows;
      }
      return answer;
    };
  }
  ~DocumentsTest() override { states.stop(); }

  struct Answer {
    int status = 0;
    std::string body;
    std::string cache;
    std::string served_by;
    std::string warnings;
  };
  Answer send(std::string method, std::string target, std::string body = "",
              http::Headers headers = {}) {
    return async::run_blocking(rig.loops.at(0), [&]() -> async::Task<Answer> {
      http::StringBody bytes(body);
      http::Request request{
          .method = method, .target = target, .headers = headers, .peer = {}, .body = &bytes};
      Exchange exchange(request, match_route(request.method, request.path()));
      exchange.target.store = &rig.store;
      const auto answered = co_await handlers.find(exchange.route().id)->handle(exchange);
      http::Response response;
      if (answered) {
        response.status = answered->status;
        response.body = answered->body;
      } else {
        response = http::error_response(answered.error());
        fields = answered.error().fields;
      }
      co_return Answer{
          .status = response.status,
          .body = std::move(response.body),
          .cache = std::string(exchange.answer_headers.find("x-layer-cache").value_or("")),
          .served_by = std::string(name(exchange.served_by)),
          .warnings = exchange.warnings};
    });
  }
  Answer get(std::string rest, http::Headers headers = {}) {
    return send("GET", "/v2/namespaces/docs/documents/" + rest, "", std::move(headers));
  }
  Answer post(std::string body) {
    return send("POST", "/v2/namespaces/docs/documents", std::move(body));
  }
  std::string field(std::string_view name) const {
    for (const auto& entry : fields) {
      if (entry.name == name) {
        return entry.value;
      }
    }
    return {};
  }

  std::string metadata =
      R"({"schema":{"id":{"type":"uint"},"vector":{"type":"[2]f32"},"a":{"type":"int"}}})";
  std::string rows = R"({"rows":[{"id":7,"a":1.50,"_hevlayer_upserted_at":5}]})";
  int status = 200;
  int metadata_calls = 0;
  std::string query;
  std::vector<core::ErrorField> fields;

  RouteRig rig;
  documents::TestCache cache;
  namespaces::NoStateSource no_state;
  freshness::NothingWatched nothing_watched;
  namespaces::StateCache states{
      {.source = no_state, .clock = rig.clock, .loop = rig.loops.at(0), .log = rig.log}};
  namespaces::Router router{[this](std::string_view) -> store::VectorStore* { return &rig.store; }};
  DocumentRoutes routes{{.router = router,
                         .states = states,
                         .stability = nothing_watched,
                         .hlc = rig.hlc,
                         .clock = rig.clock,
                         .signer = rig.signer,
                         .pool = rig.pool,
                         .cache = &cache,
                         .gateway_id = 7}};
  RouteHandlers handlers;
};

TEST_F(DocumentsTest, AMissAndThenAHitAreTheSameBytes) {
  const Answer first = get("7");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, R"({"id":7,"attributes":{"a":1.50}})");
  EXPECT_EQ(first.cache, "miss");
  EXPECT_EQ(first.served_by, "upstream");
  const int calls = rig.store.calls;
  const Answer second = get("7");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.cache, "hit");
  EXPECT_EQ(second.served_by, "cache");
  EXPECT_EQ(rig.store.calls, calls);
}

TEST_F(DocumentsTest, AColdMissIsOneCallOnceTheNamespaceIsKnown) {
  EXPECT_EQ(get("7").status, 200);
  EXPECT_EQ(rig.store.calls, 2);
  rows = R"({"rows":[{"id":8}]})";
  EXPECT_EQ(get("8").status, 200);
  EXPECT_EQ(rig.store.calls, 3);
}

TEST_F(DocumentsTest, AttributesComeAsNamed) {
  EXPECT_EQ(get("7?include_attributes=_hevlayer_upserted_at,nothing").body,
            R"({"id":7,"attributes":{"_hevlayer_upserted_at":5}})");
  EXPECT_EQ(get("7?include_attributes=").body, R"({"id":7,"attributes":{}})");
  EXPECT_EQ(get("7?include_attributes=a").body, R"({"id":7,"attributes":{"a":1.50}})");
}

TEST_F(DocumentsTest, AVectorIsLeftOutWithAWarningWhereverTheRowComesFrom) {
  const Answer miss = get("7?include_attributes=vector,a");
  EXPECT_EQ(miss.body, R"({"id":7,"attributes":{"a":1.50}})");
  EXPECT_EQ(miss.warnings, "vector_attribute_dropped");
  EXPECT_NE(query.find(R"("exclude_attributes":["vector"])"), std::string::npos);
  EXPECT_EQ(get("7?include_attributes=vector,a").warnings, "vector_attribute_dropped");
  EXPECT_EQ(get("7").warnings, "");
}

TEST_F(DocumentsTest, AMissingRowIsNotFoundAndThatIsKept) {
  rows = R"({"rows":[]})";
  EXPECT_EQ(get("9").status, 404);
  const Answer again = get("9");
  EXPECT_EQ(again.status, 404);
  EXPECT_EQ(again.cache, "hit");
}

TEST_F(DocumentsTest, TheStoresRefusalIsRelayedAsItIs) {
  status = 429;
  rows = R"({"status":"error","error":"slow down"})";
  const Answer answer = get("7");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body, rows);
}

TEST_F(DocumentsTest, WrongIdsAreRefusedWithTheirReason) {
  EXPECT_EQ(get("x").status, 422);
  EXPECT_EQ(field("reason"), "id_type");
  EXPECT_EQ(post(R"({"ids":[1,"x"]})").status, 422);
  EXPECT_EQ(field("reason"), "id_type");
  EXPECT_NE(field("details").find("ids[1]"), std::string::npos);
  EXPECT_EQ(get("7?id_type=float").status, 422);
  EXPECT_EQ(get("7?consistency=stable").status, 422);
}

TEST_F(DocumentsTest, TheKindOfIdsMayBeNamed) {
  rows = R"({"rows":[]})";
  EXPECT_EQ(get("7?id_type=string").status, 404);
  EXPECT_NE(query.find(R"(["id","Eq","7"])"), std::string::npos);
}

TEST_F(DocumentsTest, ANamespaceMadeAnewWithOtherIdsIsNoticed) {
  ASSERT_EQ(get("7").status, 200);
  metadata = R"({"schema":{"id":{"type":"string"}}})";
  rows = R"({"rows":[{"id":"x"}]})";
  EXPECT_EQ(get("x").body, R"({"id":"x","attributes":{}})");
  EXPECT_EQ(metadata_calls, 2);
}

TEST_F(DocumentsTest, ABatchIsInTheOrderAskedEachOnce) {
  rows = R"({"rows":[{"id":7,"a":1},{"id":9,"a":2}]})";
  const Answer answer = post(R"({"ids":[9,8,"7",7,9],"include_attributes":["a"]})");
  EXPECT_EQ(answer.body, R"({"documents":[{"id":9,"attributes":{"a":2}},)"
                         R"({"id":7,"attributes":{"a":1}}],"missing":[8]})");
  EXPECT_EQ(answer.cache, "miss");
  EXPECT_EQ(post(R"({"ids":[9,8]})").cache, "hit");
  rows = R"({"rows":[]})";
  EXPECT_EQ(post(R"({"ids":[9,10]})").cache, "partial");
  cache.bypass = true;
  EXPECT_EQ(post(R"({"ids":[9,10]})").cache, "bypass");
}

TEST_F(DocumentsTest, ABatchMustBeWellFormed) {
  for (const char* body :
       {"", "[]", "{}", R"({"ids":[]})", R"({"ids":7})", R"({"ids":[1],"limit":3})",
        R"({"ids":[1],"include_attributes":"a"})", R"({"ids":[1],"include_attributes":[1]})",
        R"({"ids":[1)", R"({"ids":[1.5]})", R"({"ids":[null]})"}) {
    EXPECT_EQ(post(body).status, 422) << body;
    EXPECT_FALSE(field("details").empty()) << body;
  }
  std::string many = R"({"ids":[0)";
  for (std::size_t i = 1; i <= kFetchIdsMax; ++i) {
    many += ",0";
  }
  EXPECT_EQ(post(many + "]}").status, 422);
  EXPECT_EQ(post(std::string(kFetchBodyBytesMax + 1, ' ')).status, 413);
}

TEST_F(DocumentsTest, ADamagedRowOfTheCacheIsReadFromTheStore) {
  cache.plant({.store = "default", .ns = "docs"}, wire::Id(std::uint64_t{7}), R"({"a":)");
  const Answer answer = get("7?include_attributes=a");
  EXPECT_EQ(answer.body, R"({"id":7,"attributes":{"a":1.50}})");
  EXPECT_EQ(answer.cache, "bypass");
  EXPECT_EQ(post(R"({"ids":[7],"include_attributes":["a"]})").cache, "bypass");
}

TEST_F(DocumentsTest, AWriteThroughAnotherGatewaySkipsAPrivateCache) {
  ASSERT_EQ(get("7").cache, "miss");
  const auto token = [&](std::uint64_t gateway) {
    return *freshness::seal_write_token({.ns = "docs",
                                         .stamp = {.ms = rig.clock.wall_ms(), .gateway = gateway},
                                         .acknowledged_ms = rig.clock.wall_ms()},
                                        rig.signer);
  };
  EXPECT_EQ(get("7", {{"x-layer-read-after", token(7)}}).cache, "hit");
  EXPECT_EQ(get("7?consistency=eventual", {{"x-layer-read-after", token(8)}}).cache, "bypass");
  EXPECT_NE(query.find("strong"), std::string::npos);
}

TEST_F(DocumentsTest, WhereTellsWhatIsKnown) {
  EXPECT_EQ(get("7/where").body,
            R"({"id":7,"exists":true,"stamp_ms":5,"indexed":"unknown","cache":"none",)"
            R"("functions":[]})");
  ASSERT_EQ(get("7").status, 200);
  EXPECT_NE(get("7/where").body.find(R"("cache":"hit")"), std::string::npos);
  cache.bypass = cache.fenced = true;
  EXPECT_NE(get("7/where").body.find(R"("cache":"fenced")"), std::string::npos);
  rows = R"({"rows":[]})";
  EXPECT_NE(get("9/where").body.find(R"("exists":false)"), std::string::npos);
}

}  // namespace
}  // namespace layer::gateway
