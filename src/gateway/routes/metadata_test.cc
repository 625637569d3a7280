#include "gateway/routes/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/namespaces/object_state_source.h"
#include "features/namespaces/test_indexes.h"
#include "gateway/routes/test_routes.h"
#include "gateway/stored_settings.h"
#include "objects/memory_store.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace namespaces = features::namespaces;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPlain = R"({"schema":{"id":{"type":"uint"}} , "approx_row_count": 10})";
constexpr std::string_view kStamped =
    R"({"schema":{"id":{"type":"uint"},"_hevlayer_upserted_at":{"type":"int"}},"approx_row_count":10})";

class MetadataRoute : public ::testing::Test {
 protected:
  ~MetadataRoute() override { states.stop(); }
  void store_says(std::string_view body) {
    routes.answers["/v2/namespaces/docs/metadata"] = {200, std::string(body)};
  }
  void put_layout(std::string json) {
    const auto put = async::run_blocking(routes.loops.at(0), [&] {
      return objects.put(namespaces::layout_key("docs"), std::move(json), {});
    });
    ASSERT_TRUE(put);
  }
  TestRoutes routes;
  core::ManualClock clock;
  objects::MemoryStore objects{clock};
  namespaces::ObjectStateSource source{objects};
  namespaces::StateCache states{
      {.source = source, .clock = clock, .loop = routes.loops.at(0), .log = routes.log}};
  freshness::NothingWatched stability;
  StoredSettings settings{routes.router, states, {}};
  Metadata metadata{{.router = routes.router,
                     .states = states,
                     .stability = stability,
                     .proxy = routes.proxy,
                     .plain = routes.proxy,
                     .settings = settings}};
};

TEST_F(MetadataRoute, IsPlainWithoutItsParameters) {
  store_says(kStamped);
  for (const char* query : {"", "?layer=1", "?layer=false&field_stats=no"}) {
    routes.answers[std::string("/v2/namespaces/docs/metadata") + query] = {200,
                                                                           std::string(kStamped)};
    const auto answer = routes.ask(metadata, std::string("/v2/namespaces/docs/metadata") + query);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, kStamped) << "the plain route's business";
  }
}

TEST_F(MetadataRoute, HidesReservedAttributesUnlessAsked) {
  store_says(kStamped);
  const auto hidden = routes.ask(metadata, "/v2/namespaces/docs/metadata?layer=true");
  EXPECT_TRUE(hidden->body.starts_with(
      R"({"schema":{"id":{"type":"uint"}},"approx_row_count":10,"id":"docs",)"))
      << hidden->body;
  const auto shown = routes.ask(metadata, "/v2/namespaces/docs/metadata?layer=true", reader(),
                                {{"x-layer-reserved", "show"}});
  EXPECT_THAT(shown->body, HasSubstr("_hevlayer_upserted_at"));
}

TEST_F(MetadataRoute, SplicesTheBlockIntoTheStoresBytes) {
  store_says(kPlain);
  put_layout(R"({"schema_version":2,"shard_count":4,"state":"ready"})");
  const auto answer =
      routes.ask(metadata, "/v2/namespaces/docs/metadata?layer=true&field_stats=false");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body.starts_with(kPlain.substr(0, kPlain.size() - 1))) << answer->body;
  EXPECT_THAT(answer->body, HasSubstr(R"(,"id":"docs","layer":{"stable_as_of":null,)"));
  EXPECT_THAT(answer->body, HasSubstr(R"("shard_count":4,"shard_state":"ready")"));
  EXPECT_THAT(answer->body, Not(HasSubstr("field_stats")));
  EXPECT_EQ(states.known("docs")->id_type, wire::IdType::kUint);
}

TEST_F(MetadataRoute, KeepsItsParametersToItself) {
  routes.answers["/v2/namespaces/docs/metadata?a=1"] = {200, "{}"};
  const auto answer = routes.ask(
      metadata, "/v2/namespaces/docs/metadata?layer=true&a=1&field_stats=true&field_stats_top=5");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("field_stats":null}})"));
  EXPECT_EQ(routes.us.last().target, "/v2/namespaces/docs/metadata?a=1");
}

TEST_F(MetadataRoute, RefusesMoreTopValuesThanThereMayBe) {
  for (const char* top : {"1001", "-1", "x", ""}) {
    const auto refused = routes.ask(
        metadata,
        std::string("/v2/namespaces/docs/metadata?field_stats=true&field_stats_top=") + top);
    ASSERT_FALSE(refused) << top;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation) << top;
  }
}

TEST_F(MetadataRoute, RelaysTheStoresRefusal) {
  const auto missing = routes.ask(metadata, "/v2/namespaces/docs/metadata?layer=true");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->body, R"({"status":"error","error":"not here"})");
}

TEST_F(MetadataRoute, AsksUnderThePhysicalNameAndAnswersUnderTheLogicalOne) {
  routes.router.publish(
      {namespaces::index({.name = "docs", .store = "eu", .physical = "docs-v2", .stable = true})});
  routes.answers["/v2/namespaces/docs-v2/metadata"] = {200, "{}"};
  const auto answer = routes.ask(metadata, "/v2/namespaces/docs/metadata?layer=true");
  EXPECT_THAT(answer->body, HasSubstr(R"({"id":"docs","layer":{)"));
  EXPECT_THAT(answer->body, HasSubstr(R"("consistency":"stable")"));
  EXPECT_EQ(routes.eu.calls().size(), 1U);
}

}  // namespace
}  // namespace layer::gateway
