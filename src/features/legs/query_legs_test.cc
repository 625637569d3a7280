// Which queries can be read shard by shard, and lists fused.
#include "features/legs/query_legs.h"

#include <gtest/gtest.h>

#include "features/legs/fuse_rows.h"

namespace layer::features::legs {
namespace {

TEST(QueryLegsTest, TakeAQueryApartAsItIsWritten) {
  const auto query = query_legs(
      R"({"rank_by": ["t" ,"BM25","x"],"top_k":7,"filters":["a","Eq",1e0],"as_of":5,)"
      R"("include_attributes":["a", "b"],"distance_metric":"cosine_distance","offset":null,)"
      R"("consistency":{"level":"stable"},"vector_encoding":"base64"})");
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->multi || query->fusion);
  EXPECT_EQ(query->vector_encoding, R"("base64")");
  ASSERT_EQ(query->legs.size(), 1U);
  const Leg& leg = query->legs[0];
  EXPECT_EQ(leg.rank_by, R"(["t" ,"BM25","x"])");
  EXPECT_EQ(leg.filters, R"(["a","Eq",1e0])");
  EXPECT_EQ(leg.include_attributes, R"(["a", "b"])");
  EXPECT_EQ(leg.more, R"(,"distance_metric":"cosine_distance")");
  EXPECT_EQ(leg.limit, 7U);
}

TEST(QueryLegsTest, KnowEveryRankingAndBothSpellingsOfTheLimit) {
  for (const char* body :
       {R"({"rank_by":["v","ANN",[1,2]],"limit":3})",
        R"({"rank_by":["v","kNN",[1,2]],"filters":["a","Eq",1],"limit":{"total":3}})",
        R"({"rank_by":["s","SparseKNN",{"a":1}],"top_k":10000})",
        R"({"rank_by":[["a","desc"],["id","asc"]],"top_k":1,"exclude_attributes":["b"]})",
        R"({"rank_by":["Sum",[["t","BM25","x"]]],"top_k":1,"include_attributes":true})",
        R"({"rank_by":["v","ANN",["Embed","text"]],"limit":{"total":3,"per":null}})"}) {
    EXPECT_TRUE(query_legs(body)) << body;
  }
}

TEST(QueryLegsTest, LeaveTheRestInOnePiece) {
  for (const char* body :
       {R"({"top_k":3})",
        R"({"rank_by":["a","asc"]})",
        R"({"rank_by":["a","asc"],"top_k":0})",
        R"({"rank_by":["a","asc"],"top_k":10001})",
        R"({"rank_by":["a","asc"],"top_k":1.5})",
        R"({"rank_by":["a","asc"],"top_k":1,"limit":1})",
        R"({"rank_by":["a","asc"],"top_k":1,"top_k":1})",
        R"({"rank_by":["a","asc"],"limit":{"total":9,"per":{"attributes":["a"],"limit":1}}})",
        R"({"rank_by":["a","asc"],"top_k":1,"offset":0})",
        R"({"rank_by":["a","asc"],"top_k":1,"rerank_by":["RRF"]})",
        R"({"rank_by":["a","asc"],"top_k":1,"compute_attributes":{"x":["t","BM25","y"]}})",
        R"({"aggregate_by":{"n":["Count"]}})",
        R"({"rank_by":["a","asc"],"top_k":1,"group_by":["a"]})",
        R"({"rank_by":["a","asc"],"top_k":1,"some_day":1})",
        R"({"rank_by":["v","kNN",[1]],"top_k":1})",
        R"({"rank_by":"a","top_k":1})",
        R"({"rank_by":["a","asc"],"top_k":1,"filters":7})",
        R"({"rank_by":["a","asc"],"top_k":1,"include_attributes":[1]})",
        R"({"rank_by":["a","asc"],"top_k":1,"include_attributes":["a"],"exclude_attributes":[]})",
        R"({"rank_by":["a","asc"],"top_k":1,"consistency":"strong"})",
        R"({"rank_by":["a","asc"],"top_k":1,"consistency":{"level":"odd"}})",
        R"({"rank_by":["a","asc"],"top_k":1,"vector_encoding":"hex"})",
        R"({"queries":[]})",
        R"({"queries":7})",
        R"({"queries":[7]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1},{"aggregate_by":{"n":["Count"]}}]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1,"consistency":{"level":"strong"}}]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"offset":1})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"rerank_by":["RRF"]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"rerank_by":["MMR"],"limit":1})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"limit":1,)"
        R"("rerank_by":["RRF",{"weights":[1,2]}]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"limit":1,)"
        R"("rerank_by":["RRF",{"rank_constant":-1}]})",
        R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"limit":10000,"offset":1,)"
        R"("rerank_by":["RRF"]})"}) {
    EXPECT_FALSE(query_legs(body)) << body;
  }
}

TEST(QueryLegsTest, TakeAMultiQueryApart) {
  const auto query =
      query_legs(R"({"queries":[{"rank_by":["a","asc"],"top_k":1},{"rank_by":["t","BM25","x"],)"
                 R"("limit":2}],"rerank_by":["RRF",{"rank_constant":1.5,"weights":[1,0.5]}],)"
                 R"("limit":{"total":3},"offset":4,"between":[1,2]})");
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->multi);
  ASSERT_EQ(query->legs.size(), 2U);
  EXPECT_EQ(query->legs[1].limit, 2U);
  ASSERT_TRUE(query->fusion);
  EXPECT_EQ(query->fusion->rank_constant, 1.5);
  EXPECT_EQ(query->fusion->weights, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(query->fusion->limit, 3U);
  EXPECT_EQ(query->fusion->offset, 4U);
  EXPECT_TRUE(query_legs(R"({"queries":[{"rank_by":["a","asc"],"top_k":1}],"limit":5})"));
}

TEST(QueryLegsTest, StayWithinThePermitsOfTheStore) {
  const auto body = [](int count) {
    std::string queries;
    for (int i = 0; i < count; ++i) {
      queries += queries.empty() ? "" : ",";
      queries += R"({"rank_by":["v","kNN",[1]],"filters":["a","Eq",1],"top_k":1})";
    }
    return R"({"queries":[)" + queries + "]}";
  };
  EXPECT_TRUE(query_legs(body(8)));
  EXPECT_FALSE(query_legs(body(9)));
}

LegRow row(std::uint64_t id, std::string members) {
  return {.id = id, .text = R"({"id":)" + std::to_string(id) + members + "}"};
}

TEST(FuseRowsTest, AddsReciprocalRanksInSinglePrecision) {
  const std::vector<LegRows> lists{{.rows = {row(1, R"(,"$dist":0.5,"a":1)"), row(2, "")}},
                                   {.rows = {row(2, R"(,"b":"x")"), row(3, "")}}};
  const auto fused = fuse_rows(lists, {.rank_constant = 60, .limit = 10});
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].text, R"({"id":2,"$dist":0.032522473,"b":"x"})");
  EXPECT_EQ(fused[1].text, R"({"id":1,"$dist":0.016393442,"a":1})");
  EXPECT_EQ(fused[2].text, R"({"id":3,"$dist":0.016129032})");
}

TEST(FuseRowsTest, WeighsBreaksTiesByIdAndCutsAPiece) {
  const std::vector<LegRows> lists{{.rows = {row(9, "")}}, {.rows = {row(4, "")}}};
  const auto even = fuse_rows(lists, {.limit = 10});
  EXPECT_EQ(even[0].id, wire::Id(4U));
  const auto weighed = fuse_rows(lists, {.weights = {2, 1}, .limit = 10});
  EXPECT_EQ(weighed[0].id, wire::Id(9U));
  const auto piece = fuse_rows(lists, {.offset = 1, .limit = 1});
  ASSERT_EQ(piece.size(), 1U);
  EXPECT_EQ(piece[0].id, wire::Id(9U));
  EXPECT_TRUE(fuse_rows(lists, {.offset = 5, .limit = 1}).empty());
}

}  // namespace
}  // namespace layer::features::legs
