#include "wire/print.h"

#include <gtest/gtest.h>

#include <limits>

#include "json/document.h"

namespace layer::wire {
namespace {

std::string rows_of(const QueryResponse& response) {
  const std::string text = print(response);
  EXPECT_TRUE(json::Document::parse(text)) << text;
  return text.substr(0, text.find(R"(,"billing")"));
}

std::string row(OutputRow row, VectorEncoding encoding = VectorEncoding::kFloat) {
  QueryResponse response;
  response.results = {Rows{std::move(row)}};
  response.vector_encoding = encoding;
  return rows_of(response);
}

std::string value(Value value) {
  OutputRow one{.id = std::uint64_t{1}, .dist = {}, .fields = {}};
  one.fields.push_back({.name = "a", .value = std::move(value)});
  return row(std::move(one));
}

TEST(PrintQuery, HasRowsBillingAndPerformance) {
  OutputRow one{.id = std::uint64_t{7}, .dist = 0.010000004F, .fields = {}};
  one.fields.push_back({.name = "vector", .value = Value(DenseVector{{0.7F, 1.0F}})});
  one.fields.push_back({.name = "hello", .value = Value(std::string("world"))});
  QueryResponse response;
  response.results = {Rows{one}};
  response.billing.billable_logical_bytes_returned = 105;
  response.performance = {.server_total_ms = 3,
                          .query_execution_ms = 2,
                          .exhaustive_search_count = 98,
                          .approx_namespace_size = 99};
  EXPECT_EQ(
      print(response),
      R"({"rows":[{"id":7,"$dist":0.010000004,"vector":[0.7,1.0],"hello":"world"}],)"
      R"("billing":{"billable_logical_bytes_queried":256000000,"billable_logical_bytes_returned":105},)"
      R"("performance":{"cache_hit_ratio":1.0,"cache_temperature":"hot","server_total_ms":3,)"
      R"("query_execution_ms":2,"exhaustive_search_count":98,"approx_namespace_size":99}})");
}

TEST(PrintQuery, IdsPrintInTheirOwnKind) {
  EXPECT_EQ(row({.id = std::numeric_limits<std::uint64_t>::max(), .dist = {}, .fields = {}}),
            R"({"rows":[{"id":18446744073709551615}])");
  EXPECT_EQ(row({.id = std::string("a\"é"), .dist = {}, .fields = {}}),
            R"({"rows":[{"id":"a\"é"}])");
  EXPECT_EQ(row({.id = *parse_uuid("F81D4FAE7DEC11D0A76500A0C91E6BF6"), .dist = {}, .fields = {}}),
            R"({"rows":[{"id":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}])");
}

TEST(PrintQuery, AbsentValuesAreLeftOut) {
  EXPECT_EQ(value(Null{}), R"({"rows":[{"id":1}])");
}

TEST(PrintQuery, EveryKindOfValueHasItsForm) {
  const auto printed = [](Value each) {
    const std::string text = value(std::move(each));
    constexpr std::string_view kBefore = R"({"rows":[{"id":1,"a":)";
    return text.substr(kBefore.size(), text.size() - kBefore.size() - 2);
  };
  EXPECT_EQ(printed(true), "true");
  EXPECT_EQ(printed(std::int64_t{-5}), "-5");
  EXPECT_EQ(printed(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(printed(2.0), "2.0");
  EXPECT_EQ(printed(std::string()), "\"\"");
  EXPECT_EQ(printed(Datetime{1'709'337'600'000}), "\"2024-03-02T00:00:00.000000000Z\"");
  EXPECT_EQ(printed(Bytes{"foo"}), "\"Zm9v\"");
  EXPECT_EQ(printed(std::vector<std::uint8_t>{1, 0}), "[true,false]");
  EXPECT_EQ(printed(std::vector<std::int64_t>{1, -2}), "[1,-2]");
  EXPECT_EQ(printed(std::vector<double>{1, 0.5}), "[1.0,0.5]");
  EXPECT_EQ(printed(std::vector<std::string>{"x", "y"}), R"(["x","y"])");
  EXPECT_EQ(printed(std::vector<Datetime>{{0}}), R"(["1970-01-01T00:00:00.000000000Z"])");
  EXPECT_EQ(printed(EmptyArray{}), "[]");
  EXPECT_EQ(printed(SparseVector{{{"a", 0.5F}}}), R"({"a":0.5})");
  EXPECT_EQ(printed(MultiVector{.dims = 2, .elements = {1, 2, 3, 4}}), "[[1.0,2.0],[3.0,4.0]]");
}

TEST(PrintQuery, VectorsTravelInBase64WhenAsked) {
  OutputRow one{.id = std::uint64_t{1}, .dist = {}, .fields = {}};
  one.fields.push_back({.name = "v", .value = Value(DenseVector{{0.1F, 0.2F, 0.3F}})});
  EXPECT_EQ(row(one, VectorEncoding::kBase64), R"({"rows":[{"id":1,"v":"zczMPc3MTD6amZk+"}])");
}

TEST(PrintQuery, HighlightsShowRangesOnlyWhenTheyWereAsked) {
  OutputRow one{.id = std::uint64_t{1}, .dist = {}, .fields = {}};
  one.fields.push_back(
      {.name = "h",
       .value = HighlightResult{
           {.text = "cold cache", .fragment_range = {}, .match_ranges = {}, .array_index = {}},
           {.text = "cold cache",
            .fragment_range = {{0, 10}},
            .match_ranges = {{5, 10}},
            .array_index = 1}}});
  one.fields.push_back({.name = "s", .value = 2.5F});
  EXPECT_EQ(row(one), R"({"rows":[{"id":1,"h":[{"text":"cold cache"},{"text":"cold cache",)"
                      R"("fragment_range":[0,10],"match_ranges":[[5,10]],"array_index":1}],)"
                      R"("s":2.5}])");
}

TEST(PrintQuery, AggregationsAndGroupsHaveNoRows) {
  QueryResponse response;
  response.results = {
      Aggregations{{"n", std::int64_t{42}}, {"u", std::uint64_t{1} << 63U}, {"f", 0.0}}};
  EXPECT_EQ(rows_of(response), R"({"aggregations":{"n":42,"u":9223372036854775808,"f":0.0})");
  response.results = {AggregationGroups{{.key = {{"tag", std::string("a")}, {"status", Null{}}},
                                         .values = {{"n", std::int64_t{1}}}}}};
  EXPECT_EQ(rows_of(response), R"({"aggregation_groups":[{"tag":"a","status":null,"n":1}])");
  response.results = {AggregationGroups{}};
  EXPECT_EQ(rows_of(response), R"({"aggregation_groups":[])");
}

TEST(PrintQuery, ManyResultsStandInOrder) {
  QueryResponse response;
  response.multi = true;
  response.results = {Rows{}, Aggregations{{"n", std::int64_t{1}}}};
  EXPECT_EQ(rows_of(response), R"({"results":[{"rows":[]},{"aggregations":{"n":1}}])");
}

TEST(ReturnedBytes, CountIdsDistancesVectorsAndText) {
  Rows rows;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    OutputRow one{.id = id, .dist = 0.5F, .fields = {}};
    one.fields.push_back({.name = "vector", .value = Value(DenseVector{{1, 2}})});
    rows.push_back(one);
  }
  rows[0].fields.push_back({.name = "hello", .value = Value(std::string("world"))});
  EXPECT_EQ(returned_bytes(rows), 105U);
  EXPECT_EQ(returned_bytes({{.id = std::uint64_t{1}, .dist = 1.0F, .fields = {}},
                            {.id = std::uint64_t{2}, .dist = 1.0F, .fields = {}}}),
            24U);
  EXPECT_EQ(returned_bytes({}), 0U);
}

TEST(PrintWrite, CountsOnlyTheOperationsOfTheRequest) {
  WriteResponse response{.rows_upserted = 2, .rows_deleted = 0, .upserted_ids = {1ULL, 2ULL}};
  response.billable_logical_bytes_written = 37;
  response.server_total_ms = 9;
  EXPECT_EQ(
      print(response),
      R"({"status":"OK","message":"documents committed successfully","rows_affected":2,)"
      R"("rows_upserted":2,"rows_deleted":0,"upserted_ids":[1,2],)"
      R"("billing":{"billable_logical_bytes_written":37},"performance":{"server_total_ms":9}})");
}

TEST(PrintWrite, FilterWritesSayWhatRemainsAndWhatTheirQueryCost) {
  WriteResponse response{.rows_patched = 3, .rows_remaining = true};
  response.query_billing = QueryBilling{};
  EXPECT_EQ(
      print(response),
      R"({"status":"OK","message":"documents committed successfully","rows_affected":3,)"
      R"("rows_patched":3,"rows_remaining":true,"billing":{"billable_logical_bytes_written":0,)"
      R"("query":{"billable_logical_bytes_queried":256000000,)"
      R"("billable_logical_bytes_returned":0}},"performance":{"server_total_ms":1}})");
}

TEST(PrintRecall, AveragesAreFloats) {
  RecallResponse response{
      .avg_recall = 1, .avg_exhaustive_count = 2, .avg_ann_count = 2, .ground_truth = {}};
  EXPECT_EQ(print(response),
            R"({"avg_recall":1.0,"avg_exhaustive_count":2.0,"avg_ann_count":2.0})");
  response.ground_truth = {
      {.query_vector = {1.5F}, .nearest_neighbors = {{.id = 1ULL, .dist = 0.0F, .fields = {}}}}};
  EXPECT_EQ(
      print(response),
      R"({"avg_recall":1.0,"avg_exhaustive_count":2.0,"avg_ann_count":2.0,)"
      R"("ground_truth":[{"query_vector":[1.5],"nearest_neighbors":[{"id":1,"$dist":0.0}]}]})");
}

TEST(PrintError, KeepsEmojiAndEscapesQuotes) {
  EXPECT_EQ(print_error({.code = ErrorCode::kInvalidArgument,
                         .message = "💔 for rank_by field \"content\", expecting []string"}),
            R"({"status":"error","error":"💔 for rank_by field \"content\", expecting []string"})");
  EXPECT_EQ(
      print_error({.code = ErrorCode::kInvalidArgument, .message = "🙅", .attribute = "title"}),
      R"({"status":"error","error":"🙅","attribute":"title"})");
}

}  // namespace
}  // namespace layer::wire
