#include "wire/query.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"
#include "testing/cases.h"
#include "wire/rank_by_parse.h"

namespace layer::wire {
namespace {

std::string outcome(const std::string& body) {
  const auto query = parse_query(body);
  if (query) {
    return "ok";
  }
  return std::to_string(core::info(query.error().code).http_status) + " " + query.error().message;
}

Query parsed(const std::string& body) {
  auto query = parse_query(body);
  EXPECT_TRUE(query) << query.error().message;
  return query ? std::move(*query) : Query{};
}

TEST(Query, ReadsEveryCase) {
  const auto cases = testing::load_cases("wire_query");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

TEST(Query, DefaultsAreStrongFloatAndOnlyTheId) {
  const Query query = parsed(R"({"limit":3})");
  ASSERT_EQ(query.queries.size(), 1U);
  EXPECT_FALSE(query.multi);
  EXPECT_EQ(query.consistency, Consistency::kStrong);
  EXPECT_EQ(query.vector_encoding, VectorEncoding::kFloat);
  EXPECT_EQ(query.queries[0].projection.mode, Projection::Mode::kNone);
  EXPECT_FALSE(query.queries[0].rank_by);
  EXPECT_EQ(query.queries[0].limit->total, 3);
}

TEST(Query, TopKAndLimitMeanTheSame) {
  EXPECT_EQ(parsed(R"({"top_k":7})").queries[0].limit->total, 7);
  EXPECT_EQ(parsed(R"({"limit":7})").queries[0].limit->total, 7);
  EXPECT_EQ(parsed(R"({"limit":{"total":7}})").queries[0].limit->total, 7);
}

TEST(Query, ProjectionsTellTheirFourForms) {
  const auto projection = [](const std::string& field) {
    return parsed(R"({"limit":1,)" + field + "}").queries[0].projection;
  };
  EXPECT_EQ(projection(R"("include_attributes":true)").mode, Projection::Mode::kAll);
  EXPECT_EQ(projection(R"("include_attributes":false)").mode, Projection::Mode::kNone);
  EXPECT_EQ(projection(R"("include_attributes":["id","a"])").names,
            (std::vector<std::string>{"id", "a"}));
  EXPECT_EQ(projection(R"("exclude_attributes":["a"])").mode, Projection::Mode::kExclude);
}

TEST(Query, SubQueriesShareTheRootsConsistencyAndEncoding) {
  const Query query = parsed(R"({"queries":[{"limit":1},{"aggregate_by":{"n":["Count"]}}],
      "consistency":{"level":"eventual"},"vector_encoding":"base64"})");
  EXPECT_TRUE(query.multi);
  ASSERT_EQ(query.queries.size(), 2U);
  EXPECT_EQ(query.queries[1].aggregate_by[0].label, "n");
  EXPECT_EQ(query.consistency, Consistency::kEventual);
  EXPECT_EQ(query.vector_encoding, VectorEncoding::kBase64);
}

TEST(Query, GroupsKeepTheirAliases) {
  const Query query = parsed(R"({"aggregate_by":{"n":["Count"],"s":["Sum","x"]},
      "group_by":[{"tag":["ForEachUnique","tags"]},"status"],"top_k":5})");
  const SubQuery& sub = query.queries[0];
  EXPECT_EQ(sub.aggregate_by[1].op, Aggregate::Op::kSum);
  EXPECT_EQ(sub.aggregate_by[1].attribute, "x");
  EXPECT_EQ(sub.group_by[0].alias, "tag");
  EXPECT_EQ(sub.group_by[0].attribute, "tags");
  EXPECT_TRUE(sub.group_by[0].for_each_unique);
  EXPECT_EQ(sub.group_by[1].alias, "status");
  EXPECT_FALSE(sub.group_by[1].for_each_unique);
  EXPECT_EQ(sub.limit->total, 5);
}

TEST(Query, HighlightsHaveDefaults) {
  const Query query = parsed(
      R"({"rank_by":["t","BM25","q"],"limit":1,"compute_attributes":{"h":["Highlight","t"]}})");
  const auto& highlight = std::get<Highlight>(query.queries[0].compute_attributes[0].expr);
  EXPECT_EQ(highlight.attribute, "t");
  EXPECT_EQ(highlight.fragment_by, Highlight::FragmentBy::kSentence);
  EXPECT_EQ(highlight.fragment_limit, 3);
  EXPECT_FALSE(highlight.include_offsets);
}

TEST(Query, RrfWeightsAreOnePerSubQueryOrNone) {
  const Query query =
      parsed(R"({"queries":[{"limit":1}],"rerank_by":["RRF"],"limit":4,"offset":2})");
  EXPECT_EQ(query.rerank_by->rank_constant, 60);
  EXPECT_TRUE(query.rerank_by->weights.empty());
  EXPECT_EQ(query.limit->total, 4);
  EXPECT_EQ(query.offset, 2);
}

TEST(Query, BodiesBeyondTheLimitAreRefusedUnread) {
  const std::string body(core::limits::query_body_bytes_max + 1, ' ');
  EXPECT_EQ(outcome(body), "413 query bodies must have at most 67108864 bytes, got 67108865");
}

TEST(Query, ManySubQueriesAreRefusedBeforeTheyAreRead) {
  std::string body = R"({"queries":[{"what":1})";
  for (int i = 1; i < 1000; ++i) {
    body += ",{}";
  }
  EXPECT_TRUE(outcome(body + "]}")
                  .starts_with("400 💔 multi-query exceeds per-namespace concurrency budget: "
                               "requires 1000 permits"));
}

}  // namespace
}  // namespace layer::wire
