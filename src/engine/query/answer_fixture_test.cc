// Highlights, aggregations, fusion, rows, billing: answers as clients see them.
#include <cmath>

#include <gmock/gmock.h>

#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

using Ids = std::vector<std::uint64_t>;

TestNamespace texts() {
  TestNamespace names(R"({"text": {"type": "string", "full_text_search": true},
                          "tags": {"type": "[]string", "full_text_search": true},
                          "plain": "string"})");
  names.add(R"([{"id": 1, "tags": ["object storage", "cold cache", "warm"],
    "text": "turbopuffer is a search engine built on object storage. Writes land in a write-ahead log for durability.\n\nWarm queries are served from an NVMe cache. Highlighting returns the most relevant fragments of an attribute.\nA fragment can be a word, a sentence, a paragraph, or the whole attribute. Pufferfish café 🐡 naïve storage."}])");
  names.add(R"([{"id": 2, "text": "Nothing relevant here. Just cache.", "tags": ["x"]},
                {"id": 3, "text": "unrelated words only", "tags": ["y"]}])");
  return names;
}

TEST(TextAnswers, ScoreAsTheLiveService) {
  const TestNamespace names = texts();
  EXPECT_THAT(
      names.scores_of(R"({"limit": 9, "rank_by": ["text", "BM25", "object storage cache"]})"),
      ElementsAre(Pair(1, 1.801863F), Pair(2, 0.68128055F)));
  EXPECT_THAT(names.scores_of(R"({"limit": 9, "rank_by": ["text", "BM25", "naïve storage"]})"),
              ElementsAre(Pair(1, 1.5186982F)));
  EXPECT_THAT(names.scores_of(R"({"limit": 9, "rank_by": ["tags", "BM25", "cache"]})"),
              ElementsAre(Pair(1, 0.6683526F)));
  EXPECT_THAT(names.scores_of(
                  R"({"limit": 9, "rank_by": ["Sum", [["text", "BM25", "durability"],
                      ["tags", "BM25", "warm"]]]})"),
              ElementsAre(Pair(1, 1.2592762F)));
}

TEST(TextAnswers, HighlightTheFragmentsThatAnswer) {
  const TestNamespace names = texts();
  EXPECT_EQ(
      names.printed(R"({"limit": 9, "rank_by": ["tags", "BM25", "cache"],
        "compute_attributes": {"h": ["Highlight", "tags", {"include_offsets": "utf-8"}]}})"),
      R"({"rows":[{"id":1,"$dist":0.6683526,"h":[{"text":"cold cache","fragment_range":[0,10],"match_ranges":[[5,10]],"array_index":1}]}])");
  EXPECT_EQ(
      names.printed(R"({"limit": 9, "rank_by": ["id", "asc"], "compute_attributes":
        {"h": ["Highlight", "text", {"rank_fragments_by": ["$fragment", "BM25", "durability"]}]}})"),
      R"({"rows":[{"id":1,"h":[{"text":"Writes land in a write-ahead log for durability."}]},)"
      R"({"id":2,"h":[]},{"id":3,"h":[]}])");
}

TEST(TextAnswers, RefuseHighlightsThatCannotBe) {
  const TestNamespace names = texts();
  const auto refused = [&](const std::string& rank_by, const std::string& highlight) {
    return names.refusal(R"({"limit": 9, "rank_by": )" + rank_by +
                         R"(, "compute_attributes": {"h": )" + highlight + "}}");
  };
  const std::string ranked = R"(["text", "BM25", "cache"])";
  EXPECT_EQ(refused(ranked, R"(["Highlight", "plain"])"),
            "computed attribute `h` references `plain`, which is not enabled for full-text search; "
            "this requires a schema update");
  EXPECT_EQ(refused(R"(["id", "asc"])", R"(["Highlight", "text"])"),
            "computed attribute `h`: cannot infer `rank_fragments_by` because the query `rank_by` "
            "has no BM25 clause over `text`; provide `rank_fragments_by` explicitly");
  refused(R"(["tags", "BM25", "cache"])", R"(["Highlight", "text"])");
  for (const char* limit : {"0", "1025"}) {
    EXPECT_EQ(
        refused(ranked, R"(["Highlight", "text", {"fragment_limit": )" + std::string(limit) + "}]"),
        "computed attribute `h`: `fragment_limit` must be between 1 and 1024");
  }
}

TEST(TextAnswers, ComputedBm25KnowsNoCorpus) {
  TestNamespace names(R"({"text": {"type": "string", "full_text_search": true}})");
  names.add(R"([{"id": 1, "text": "fish"}, {"id": 2, "text": "whale"}])");
  // ln 2 * 2.2 * 1 / (1 + 1.2)
  EXPECT_EQ(names.printed(R"({"limit": 1, "rank_by": ["id", "asc"],
              "compute_attributes": {"s": ["text", "BM25", "fish"]}})"),
            R"({"rows":[{"id":1,"s":0.6931472}])");
}

TestNamespace shop() {
  TestNamespace names(
      R"({"price": "int", "weight": "float", "stock": "uint", "tags": "[]string"})");
  names.add(R"([{"id": 1, "price": 10, "status": "open", "tags": ["a", "b", "a"], "weight": 0.5},
                {"id": 2, "price": -3, "tags": ["a"], "stock": 18446744073709551615},
                {"id": 5, "price": 1000, "status": "gone"}])");
  names.add(R"([{"id": 3, "price": 9223372036854775807, "status": "open", "tags": ["b"]},
                {"id": 4, "status": "done", "tags": [], "stock": 0}])");
  names.remove(std::uint64_t{5});
  return names;
}

TEST(Aggregations, CountAndSumExactly) {
  const TestNamespace names = shop();
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"n": ["Count"]}})"), R"({"aggregations":{"n":4})");
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"n": ["Count", "id"], "s": ["Sum", "price"]},
                              "filters": ["id", "Gt", 1], "group_by": []})"),
            R"({"aggregations":{"n":3,"s":9223372036854775804})");
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"s": ["Sum", "stock"], "w": ["Sum", "weight"]},
                              "filters": ["id", "Lt", 3]})"),
            R"({"aggregations":{"s":18446744073709551615,"w":0.5})");
  EXPECT_THAT(names.refusal(R"({"aggregate_by": {"s": ["Sum", "price"]}})"),
              HasSubstr("out of the range"));
}

TEST(Aggregations, OfNothingAreZero) {
  const TestNamespace names = shop();
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"n": ["Count"], "p": ["Sum", "price"],
                              "w": ["Sum", "weight"]}, "filters": ["id", "Eq", 77]})"),
            R"({"aggregations":{"n":0,"p":0,"w":0.0})");
}

TEST(Aggregations, GroupByValuesWithNullFirst) {
  const TestNamespace names = shop();
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"n": ["Count"]}, "group_by": ["status"]})"),
            R"({"aggregation_groups":[{"status":null,"n":1},{"status":"done","n":1},)"
            R"({"status":"open","n":2}])");
  EXPECT_EQ(
      names.printed(R"({"aggregate_by": {"n": ["Count"]}, "group_by": ["status"], "top_k": 2})"),
      R"({"aggregation_groups":[{"status":null,"n":1},{"status":"done","n":1}])");
  EXPECT_EQ(
      names.printed(R"({"aggregate_by": {"n": ["Count"]}, "group_by": ["status"], "top_k": 0})"),
      R"({"aggregation_groups":[])");
}

TEST(Aggregations, ForEachUniqueCountsARowOncePerElement) {
  const TestNamespace names = shop();
  EXPECT_EQ(names.printed(R"({"aggregate_by": {"n": ["Count"]},
                              "group_by": [{"tag": ["ForEachUnique", "tags"]}, "status"]})"),
            R"({"aggregation_groups":[{"tag":"a","status":null,"n":1},)"
            R"({"tag":"a","status":"open","n":1},{"tag":"b","status":"open","n":2}])");
}

TEST(Aggregations, RefuseWhatCannotBeGrouped) {
  const TestNamespace names = shop();
  for (const char* group : {R"("tags")", R"("absent")", R"({"x": ["ForEachUnique", "status"]})"}) {
    names.refusal(R"({"aggregate_by": {"n": ["Count"]}, "group_by": [)" + std::string(group) +
                  "]}");
  }
  names.refusal(R"({"aggregate_by": {"n": ["Sum", "status"]}})");
  names.refusal(R"({"aggregate_by": {"n": ["Sum", "absent"]}})");
}

TestNamespace fused() {
  TestNamespace names(R"({"text": {"type": "string", "full_text_search": true}})",
                      wire::DistanceMetric::kEuclideanSquared);
  names.add(R"([{"id": 3, "vector": [1, 0], "text": "quick brown fox fox", "color": "red"},
                {"id": 4, "vector": [0, 1], "text": "quick fox", "color": "blue"}])");
  names.add(R"([{"id": 5, "vector": [9, 9], "text": "whale"}])", true);
  return names;
}

TEST(MultiQuery, FusesByReciprocalRanks) {
  const TestNamespace names = fused();
  const auto rows = names.rows_of(R"({"queries": [
      {"rank_by": ["vector", "ANN", [1.0, 0.0]], "limit": 100, "include_attributes": ["color"]},
      {"rank_by": ["text", "BM25", "quick fox"], "limit": 100, "include_attributes": ["text"]}],
      "rerank_by": ["RRF", {"rank_constant": 60, "weights": [1.0, 2.0]}], "limit": 2})");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(std::get<std::uint64_t>(rows[0].id), 4U);
  EXPECT_EQ(rows[0].dist, 1.0F / 62 + 2.0F / 61);
  EXPECT_EQ(std::get<std::uint64_t>(rows[1].id), 3U);
  EXPECT_EQ(rows[1].dist, 1.0F / 61 + 2.0F / 62);
  EXPECT_EQ(rows[1].fields.size(), 2U);
}

TEST(MultiQuery, FusesWithNumbersBeyondAFloat) {
  const TestNamespace names = fused();
  for (const char* numbers : {R"({"rank_constant": 1e300})", R"({"weights": [1e300, 1.0]})"}) {
    const auto rows = names.rows_of(
        R"({"queries": [{"rank_by": ["vector", "ANN", [1.0, 0.0]], "limit": 100},
            {"rank_by": ["text", "BM25", "quick fox"], "limit": 100}], "limit": 2,
            "rerank_by": ["RRF", )" +
        std::string(numbers) + "]}");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(std::isfinite(*rows[0].dist)) << numbers;
  }
}

TEST(MultiQuery, AnswersEachSubQueryInOrder) {
  const TestNamespace names = fused();
  EXPECT_EQ(names.printed(R"({"queries": [{"rank_by": ["id", "desc"], "limit": 1},
      {"aggregate_by": {"n": ["Count"]}}]})"),
            R"({"results":[{"rows":[{"id":5}]},{"aggregations":{"n":3}}])");
}

TEST(Rows, HoldWhatWasAskedForAndNothingElse) {
  const TestNamespace names = fused();
  EXPECT_EQ(names.printed(R"({"rank_by": ["vector", "ANN", [9, 9]], "limit": 1,
      "include_attributes": ["color", "vector"]})"),
            R"({"rows":[{"id":5,"$dist":0.0,"vector":[9.0,9.0]}])");
  EXPECT_EQ(
      names.printed(R"({"rank_by": ["id", "asc"], "limit": 1, "include_attributes": ["id"]})"),
      R"({"rows":[{"id":3}])");
  EXPECT_EQ(names.printed(R"({"rank_by": ["id", "asc"], "limit": 1, "offset": 1,
      "exclude_attributes": ["vector", "id", "never heard of"]})"),
            R"({"rows":[{"id":4,"text":"quick fox","color":"blue"}])");
  EXPECT_THAT(names.refusal(R"({"rank_by": ["id", "asc"], "limit": 1,
      "include_attributes": ["x"]})"),
              HasSubstr("💔 attribute \"x\" not found in schema, cannot be part of "
                        "`include_attributes`. consider passing `include_attributes=True`"));
}

TEST(Rows, AreBilledByWhatIsReturned) {
  TestNamespace names("{}", wire::DistanceMetric::kEuclideanSquared);
  names.add(R"([{"id": 7, "vector": [0.7, 0.7], "hello": "world"}, {"id": 10, "vector": [1, 1]},
                {"id": 11, "vector": [1.1, 1.1]}, {"id": 3, "vector": [0.3, 0.3]},
                {"id": 6, "vector": [0.3, 0.3]}, {"id": 9, "vector": [9.9, 9.9]}])");
  const std::string query = R"({"rank_by": ["vector", "ANN", [0.8, 0.7]], "limit": 5)";
  const auto response = names.query(query + R"(, "include_attributes": ["hello", "vector"]})");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->billing.billable_logical_bytes_returned, 105U);
  EXPECT_EQ(response->billing.billable_logical_bytes_queried, 256'000'000U);
  EXPECT_EQ(names.ids_of(query + "}"), (Ids{7, 10, 11, 3, 6}));
}

TEST(Performance, CountsUnindexedDocumentsBeforeFiltering) {
  const TestNamespace names = fused();
  const auto response = names.query(
      R"({"rank_by": ["vector", "ANN", [1, 0]], "limit": 9, "filters": ["color", "Eq", "red"]})");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->performance.exhaustive_search_count, 2U);
  EXPECT_EQ(response->performance.approx_namespace_size, 3U);
  EXPECT_GE(response->performance.query_execution_ms, 1U);
  EXPECT_EQ(std::get<wire::Rows>(response->results[0]).size(), 1U);
}

TEST(Recall, ComparesWithTheExactAnswer) {
  TestNamespace names("{}", wire::DistanceMetric::kCosine);
  names.add(R"([{"id": 1, "vector": [1, 0]}, {"id": 2, "vector": [0, 1]},
                {"id": 3, "vector": [1, 1]}])");
  RecallRequest request;
  request.num = 1;
  request.top_k = 2;
  request.include_ground_truth = true;
  const auto response = measure_recall(names.snapshot(), request);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->avg_recall, 1);
  EXPECT_EQ(response->avg_exhaustive_count, 2);
  EXPECT_EQ(response->avg_ann_count, 2);
  ASSERT_EQ(response->ground_truth->size(), 1U);
  EXPECT_EQ(response->ground_truth->front().nearest_neighbors.size(), 2U);
}

TEST(Explain, NamesWhatEachSegmentWouldDo) {
  const TestNamespace names = fused();
  const auto query = wire::parse_query(
      R"({"rank_by": ["text", "BM25", "quick fox"], "limit": 2, "filters": ["color", "Eq", "red"]})");
  ASSERT_TRUE(query.has_value());
  const auto text = explain(names.snapshot(), *query);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("segment 0 (recent writes): 2 rows, 0 deleted"));
  EXPECT_THAT(*text, HasSubstr("color Eq: about 1 row"));
  EXPECT_THAT(*text, HasSubstr("filter passes 1 row"));
  EXPECT_THAT(*text, HasSubstr("postings of 2 terms"));
}

}  // namespace
}  // namespace layer::engine::query
