// Queries over shards at the route: what the store is asked, and what the caller gets.
#include "gateway/routes/scatter_query.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "gateway/routes/query.h"
#include "gateway/routes/test_rig.h"

namespace layer::gateway {
namespace {

constexpr const char* kQuery = "/v2/namespaces/n/query";
const std::string kRanked = R"({"rank_by":["a","asc"],"top_k":2})";

class GivenStability final : public features::freshness::StabilitySource {
 public:
  features::freshness::Stability look(std::string_view) override { return given; }
  features::freshness::Stability peek(std::string_view) override { return given; }
  features::freshness::Stability given;
};

class ScatterQueryTest : public ::testing::Test, protected RouteRig {
 protected:
  ScatterQueryTest() {
    settings.settings.scatter_shards = 2;
    store.answer = [this](const store::Call& call) -> Result<store::Answer> {
      sent.push_back(call.body);
      const bool first = call.body.contains("_hevlayer_shard\",\"Eq\",0");
      return store::Answer{.body = first ? R"({"rows":[{"id":1,"a":5}],"billing":)"
                                           R"({"billable_logical_bytes_queried":10}})"
                                         : R"({"rows":[{"id":2,"a":3},{"id":3,"a":6}],"billing":)"
                                           R"({"billable_logical_bytes_queried":20}})"};
    };
  }
  std::string ask(std::string body, http::Headers headers = {}, const char* target = kQuery) {
    sent.clear();
    last = call(route, "POST", target, std::move(body), std::move(headers));
    return last.response ? last.response->body : last.response.error().message;
  }

  std::vector<std::string> sent;
  Answer last;
  GivenStability stability;
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
};

TEST_F(ScatterQueryTest, AsksEachShardAndMergesWhatTheySay) {
  EXPECT_EQ(ask(kRanked),
            R"({"rows":[{"id":2},{"id":1}],"billing":{"billable_logical_bytes_queried":30}})");
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_EQ(last.response->headers.find("content-type"), "application/json");
}

TEST_F(ScatterQueryTest, IsSwitchedOffByItsHeaderOrTheLayout) {
  ask(kRanked, {{"x-layer-scatter", "OFF"}});
  EXPECT_EQ(sent, std::vector<std::string>{kRanked});
  ask(kRanked, {}, "/v2/namespaces/n/explain_query");
  EXPECT_EQ(sent, std::vector<std::string>{kRanked});
  settings.settings.scatter_shards = 1;
  ask(kRanked);
  EXPECT_EQ(sent, std::vector<std::string>{kRanked});
}

TEST_F(ScatterQueryTest, LeavesFacetsBesideHitsInOnePiece) {
  const std::string facets =
      R"({"queries":[{"rank_by":["a","asc"],"top_k":2},{"aggregate_by":{"n":["Count"]}}]})";
  ask(facets);
  EXPECT_EQ(sent, std::vector<std::string>{facets});
}

TEST_F(ScatterQueryTest, HidesReservedAttributesInEveryShard) {
  ask(R"({"rank_by":["a","asc"],"top_k":2,"include_attributes":true})");
  ASSERT_EQ(sent.size(), 2U);
  for (const std::string& body : sent) {
    EXPECT_TRUE(
        body.contains(R"("exclude_attributes":["_hevlayer_upserted_at","_hevlayer_shard"])"))
        << body;
  }
}

TEST_F(ScatterQueryTest, CutsAllShardsAlikeAndTellsIt) {
  stability.given = {.stable_as_of_ms = 500, .stable = false};
  ask(R"({"rank_by":["a","asc"],"top_k":2,"consistency":{"level":"stable"}})");
  ASSERT_EQ(sent.size(), 2U);
  for (const std::string& body : sent) {
    EXPECT_TRUE(body.contains(R"(["_hevlayer_upserted_at","Lte",500])")) << body;
    EXPECT_TRUE(body.ends_with(R"("consistency":{"level":"eventual"}})")) << body;
  }
  EXPECT_EQ(last.added.find("x-layer-stable-cut"), "true");
  EXPECT_EQ(last.added.find("x-layer-stable-as-of"), "500");
}

TEST_F(ScatterQueryTest, AsksOnceMoreCutWhereTheStoreAsksForPatience) {
  stability.given = {.stable_as_of_ms = 500, .stable = true};
  const auto plays = store.answer;
  store.answer = [plays](const store::Call& call) -> Result<store::Answer> {
    if (!call.body.contains("_hevlayer_upserted_at")) {
      return store::Answer{.status = 429, .body = "{}"};
    }
    return plays(call);
  };
  EXPECT_TRUE(ask(R"({"rank_by":["a","asc"],"top_k":2,"consistency":{"level":"stable"}})")
                  .starts_with(R"({"rows":[{"id":2},{"id":1}])"));
  EXPECT_EQ(last.added.find("x-layer-stable-cut"), "true");
}

TEST_F(ScatterQueryTest, RelaysTheRefusalOfAShard) {
  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return store::Answer{.status = 400, .headers = {{"x-from", "store"}}, .body = "its words"};
  };
  EXPECT_EQ(ask(kRanked), "its words");
  EXPECT_EQ(last.response->status, 400);
  EXPECT_EQ(last.response->headers.find("x-from"), "store");
}

TEST_F(ScatterQueryTest, SendsInOnePieceWhatIsTooMuchToHold) {
  store.answer = [this](const store::Call& call) -> Result<store::Answer> {
    sent.push_back(call.body);
    if (call.body.contains("_hevlayer_shard")) {
      const std::string half((std::size_t{64} << 20) + 1, ' ');
      return store::Answer{.stream = std::make_unique<http::StringBody>(half + half)};
    }
    return store::Answer{.body = "whole"};
  };
  EXPECT_EQ(ask(kRanked), "whole");
  EXPECT_EQ(sent.back(), kRanked);
}

TEST_F(ScatterQueryTest, AnswersAMultiQueryInItsShape) {
  store.answer = [this](const store::Call& call) -> Result<store::Answer> {
    sent.push_back(call.body);
    return store::Answer{.body = call.body.contains("_hevlayer_shard\",\"Eq\",0")
                                     ? R"({"results":[{"rows":[{"id":1}]},{"rows":[]}]})"
                                     : R"({"results":[{"rows":[]},{"rows":[{"id":7}]}]})"};
  };
  const std::string queries =
      R"({"queries":[{"rank_by":["id","asc"],"top_k":1},{"rank_by":["id","desc"],"top_k":1}])";
  EXPECT_EQ(ask(queries + "}"), R"({"results":[{"rows":[{"id":1}]},{"rows":[{"id":7}]}]})");
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_EQ(ask(queries + R"(,"rerank_by":["RRF",{"rank_constant":1}],"limit":2})"),
            R"({"results":[{"rows":[{"id":1,"$dist":0.5},{"id":7,"$dist":0.5}]}]})");
}

TEST_F(ScatterQueryTest, QueriesOfAMultiQueryMayNameTheirVector) {
  settings.settings.scatter_shards = 1;
  ask(R"({"queries":[{"vector":[1, 2.50],"filters":["a","Eq",1]},{"rank_by":["a","asc"],)"
      R"("limit":3},{"vector":"AACAPw==","vector_attribute":"v","top_k":4}]})");
  EXPECT_EQ(store.last.body,
            R"({"queries":[{"rank_by":["vector","ANN",[1, 2.50]],)"
            R"("filters":["a","Eq",1],"top_k":10},{"rank_by":["a","asc"],"limit":3},)"
            R"({"rank_by":["v","ANN","AACAPw=="],"top_k":4}]})");
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"vector":[1],"rank_by":["a","asc"]})", "queries[0].rank_by"},
           {R"({"vector":7})", "queries[0].vector"},
           {R"({"nearest_to_id":1})", "queries[0].nearest_to_id"},
           {R"({"rank_by":["t","Auto","x"]})", "queries[0].rank_by"},
           {R"({"cursor":null})", "queries[0].cursor"}}) {
    EXPECT_TRUE(ask(R"({"queries":[)" + query + "]}").starts_with(field + ":")) << query;
    EXPECT_TRUE(sent.empty());
  }
}

TEST_F(ScatterQueryTest, NamedVectorsScatterToo) {
  store.answer = [this](const store::Call& call) -> Result<store::Answer> {
    sent.push_back(call.body);
    return store::Answer{.body = R"({"rows":[]})"};
  };
  EXPECT_EQ(ask(R"({"queries":[{"vector":[1],"vector_attribute":"v","top_k":1}]})"),
            R"({"results":[{"rows":[]}]})");
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(ScatterQueryTest, MultiQueryIsAnotherNameForItsQuery) {
  settings.settings.scatter_shards = 1;
  const std::string queries = R"({"queries":[{"rank_by":["id","asc"],"top_k":1}]})";
  ask(queries, {}, "/v2/namespaces/n/multi_query?a=b");
  EXPECT_EQ(store.last.target, "/v2/namespaces/n/query?a=b");
  EXPECT_EQ(store.last.body, queries);
  ask(kRanked, {}, "/v2/namespaces/n/multi_query");
  ASSERT_FALSE(last.response);
  EXPECT_EQ(last.response.error().code, ErrorCode::kValidation);
}

}  // namespace
}  // namespace layer::gateway
