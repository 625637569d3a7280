#include "gateway/routes/query.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/routes/schema.h"
#include "gateway/routes/test_rig.h"
#include "http/gzip.h"

namespace layer::gateway {
namespace {

constexpr const char* kQuery = "/v2/namespaces/n/query";
const std::string kAll = R"({"rank_by":["id","asc"],"include_attributes":true})";
const std::string kHiding = R"({"rank_by":["id","asc"],"exclude_attributes":)"
                            R"(["_hevlayer_upserted_at","_hevlayer_shard"]})";

class QueryRouteTest : public ::testing::Test, protected RouteRig {
 protected:
  features::freshness::NothingWatched stability;
  QueryRoute route{{.proxy = proxy,
                    .settings = settings,
                    .hlc = hlc,
                    .clock = clock,
                    .signer = signer,
                    .pool = pool,
                    .stability = stability,
                    .metrics = metrics,
                    .legs = legs,
                    .searcher = searcher},
                   core::limits::request_body_bytes_max};
  SchemaRoute schema{proxy, settings, SchemaRoute::Answer::kSchema};
  SchemaRoute metadata{proxy, settings, SchemaRoute::Answer::kMetadata};
};

TEST_F(QueryRouteTest, HidesReservedAttributesFromWhoAsksForAll) {
  const auto answer = call(route, "POST", kQuery, kAll);
  ASSERT_TRUE(answer.response.has_value());
  EXPECT_EQ(store.last.body, kHiding);
  EXPECT_EQ(store.last.kind, store::CallKind::kPlainRead);
  call(route, "POST", "/v2/namespaces/n/explain_query", kAll);
  EXPECT_EQ(store.last.body, kHiding);
}

TEST_F(QueryRouteTest, ShowsThemWhenAsked) {
  call(route, "POST", kQuery, kAll, {{"x-layer-reserved", "show"}});
  EXPECT_EQ(store.last.body, kAll);
}

TEST_F(QueryRouteTest, EditsNothingWhereThereAreNone) {
  settings.settings.hides_reserved = false;
  call(route, "POST", kQuery, kAll);
  EXPECT_EQ(store.last.body, kAll);
}

TEST_F(QueryRouteTest, PassesOnOtherBodiesAsTheyCame) {
  for (const std::string body : {"no json", R"({"rank_by":["id","asc"],"top_k":1})", ""}) {
    call(route, "POST", kQuery, body);
    EXPECT_EQ(store.last.body, body);
  }
  const std::string coded = http::gzip(R"({"rank_by":["id","asc"],"top_k":1})");
  call(route, "POST", kQuery, coded, {{"content-encoding", "gzip"}});
  EXPECT_EQ(store.last.body, coded);
  EXPECT_EQ(store.last.headers.find("content-encoding"), "gzip");
}

TEST_F(QueryRouteTest, EditsGzipBodiesUncoded) {
  call(route, "POST", kQuery, http::gzip(kAll), {{"content-encoding", "gzip"}});
  EXPECT_EQ(store.last.body, kHiding);
  EXPECT_FALSE(store.last.headers.find("content-encoding").has_value());
}

TEST_F(QueryRouteTest, PassesOnBodiesTooLargeToHold) {
  const std::string body =
      R"({"include_attributes":true,"x":")" + std::string(held_query_bytes_max, 'x') + "\"}";
  call(route, "POST", kQuery, body);
  EXPECT_TRUE(store.streamed);
  EXPECT_TRUE(store.last.body == body);
  // Noise does not shrink, so the coded body is larger than what is held, too.
  std::string noise = body;
  for (std::size_t i = 40; i + 40 < noise.size(); ++i) {
    noise[i] = "0123456789abcdef"[(i * i * 2654435761U >> 11) & 15];
  }
  const std::string coded = http::gzip(noise);
  call(route, "POST", kQuery, coded, {{"content-encoding", "gzip"}});
  EXPECT_TRUE(store.last.body == coded);
}

TEST_F(QueryRouteTest, RefusesAForeignToken) {
  const auto answer = call(route, "POST", kQuery, kAll, {{"x-layer-read-after", "lw1.AAAA"}});
  ASSERT_FALSE(answer.response.has_value());
  EXPECT_EQ(answer.response.error().code, ErrorCode::kInvalidToken);
  EXPECT_EQ(store.calls, 0);
}

TEST_F(QueryRouteTest, CutsReservedAttributesFromSchemas) {
  const std::string full = R"({"id":{"type":"uint"},"_hevlayer_upserted_at":{"type":"int"}})";
  store.answer = [&](const store::Call&) -> Result<store::Answer> {
    return store::Answer{.body = full};
  };
  const auto cut =
      call(schema, "GET", "/v1/namespaces/n/schema", "", {{"accept-encoding", "gzip"}});
  EXPECT_EQ(cut.response->body, R"({"id":{"type":"uint"}})");
  EXPECT_EQ(store.last.headers.find("accept-encoding"), "identity");
  const auto shown =
      call(schema, "GET", "/v1/namespaces/n/schema", "", {{"x-layer-reserved", "show"}});
  EXPECT_EQ(shown.response->body, full);
}

TEST_F(QueryRouteTest, CutsReservedAttributesFromMetadataThatIsStreamed) {
  store.answer = [&](const store::Call&) -> Result<store::Answer> {
    store::Answer answer;
    answer.stream = std::make_unique<http::StringBody>(
        R"({"schema":{"_hevlayer_shard":{"type":"int"}},"approx_row_count":3})");
    return answer;
  };
  const auto cut = call(metadata, "GET", "/v1/namespaces/n/metadata", "");
  EXPECT_EQ(cut.response->body, R"({"schema":{},"approx_row_count":3})");
}

TEST_F(QueryRouteTest, RelaysAnswersTooLargeToLookAt) {
  const std::string large =
      R"({"_hevlayer_shard":")" + std::string(held_schema_bytes_max, 'x') + "\"}";
  store.answer = [&](const store::Call&) -> Result<store::Answer> {
    store::Answer answer;
    answer.stream = std::make_unique<http::StringBody>(large);
    return answer;
  };
  const auto relayed = call(schema, "GET", "/v1/namespaces/n/schema", "");
  EXPECT_TRUE(relayed.response->body == large);
}

}  // namespace
}  // namespace layer::gateway
