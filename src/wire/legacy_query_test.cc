#include "wire/legacy_query.h"

#include <gtest/gtest.h>

namespace layer::wire {
namespace {

LegacyQuery parsed(std::string_view body) {
  auto query = parse_legacy_query(body);
  EXPECT_TRUE(query) << query.error().message;
  return query ? std::move(*query) : LegacyQuery{};
}

std::string refused(std::string_view body) {
  const auto query = parse_legacy_query(body);
  return query ? "ok" : query.error().message;
}

TEST(LegacyQuery, AVectorRanksByTheVectorAttribute) {
  const LegacyQuery legacy = parsed(
      R"({"vector":[1,0.5],"distance_metric":"euclidean_squared","top_k":3,"include_vectors":true,
          "include_attributes":["a"],"filters":["a","Eq",1]})");
  const SubQuery& query = legacy.query.queries.at(0);
  const auto& rank = std::get<RankVector>(*query.rank_by);
  EXPECT_EQ(rank.attribute, "vector");
  EXPECT_FALSE(rank.exact);
  EXPECT_EQ(query.limit->total, 3);
  EXPECT_EQ(query.projection.names, (std::vector<std::string>{"a", "vector"}));
  EXPECT_EQ(query.distance_metric, DistanceMetric::kEuclideanSquared);
  EXPECT_TRUE(query.filters);
  EXPECT_TRUE(legacy.include_vectors);
  EXPECT_TRUE(legacy.include_attributes);
}

TEST(LegacyQuery, WithoutAVectorRankByDecides) {
  EXPECT_FALSE(parsed("{}").query.queries[0].rank_by);
  EXPECT_EQ(parsed("{}").query.queries[0].limit->total, 10);
  EXPECT_TRUE(std::holds_alternative<RankOrder>(
      *parsed(R"({"rank_by":["ts","asc"],"top_k":1})").query.queries[0].rank_by));
  EXPECT_TRUE(std::holds_alternative<ScoreExpr>(
      *parsed(R"({"rank_by":["t","BM25","q"]})").query.queries[0].rank_by));
}

TEST(LegacyQuery, FaultsAreToldAsInTheNewForm) {
  EXPECT_EQ(refused(R"({"top_k":0})"), "💔 top_k must be between 1 and 10000");
  EXPECT_EQ(refused(R"({"vector":[1],"rank_by":["a","asc"]})"),
            "💔 cannot specify both vector and rank_by");
  EXPECT_EQ(refused(R"({"include_vectors":1})"),
            "Failed to deserialize the JSON body into the target type: include_vectors: invalid "
            "type: integer `1`, expected a boolean at line 1 column 20");
}

TEST(LegacyQuery, TheAnswerIsAnArray) {
  OutputRow row{.id = std::uint64_t{1}, .dist = 0.5F, .fields = {}};
  row.fields.push_back({.name = "vector", .value = Value(DenseVector{{1, 2}})});
  row.fields.push_back({.name = "a", .value = Value(std::string("x"))});
  row.fields.push_back({.name = "b", .value = Value(Null{})});
  QueryResponse response;
  response.results = {Rows{row}};
  LegacyQuery legacy;
  EXPECT_EQ(print_legacy(response, legacy), R"([{"id":1,"dist":0.5}])");
  legacy.include_vectors = true;
  EXPECT_EQ(print_legacy(response, legacy), R"([{"id":1,"dist":0.5,"vector":[1.0,2.0]}])");
  legacy.include_attributes = true;
  EXPECT_EQ(print_legacy(response, legacy),
            R"([{"id":1,"dist":0.5,"vector":[1.0,2.0],"attributes":{"a":"x"}}])");
  response.results.clear();
  EXPECT_EQ(print_legacy(response, legacy), "[]");
}

}  // namespace
}  // namespace layer::wire
