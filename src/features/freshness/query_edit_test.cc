#include "features/freshness/query_edit.h"

#include <gtest/gtest.h>

namespace layer::features::freshness {
namespace {

const std::string kCut = R"(["_hevlayer_upserted_at","Lte",7])";

QueryEdit stable(std::optional<std::int64_t> cut_ms = 7) {
  return {.cut_ms = cut_ms, .level = ReadLevel::kEventual};
}

TEST(EditQuery, AddsWhatIsMissing) {
  EXPECT_EQ(edit_query(R"({"top_k":3})", stable()),
            R"({"consistency":{"level":"eventual"},"filters":)" + kCut + R"(,"top_k":3})");
  EXPECT_EQ(edit_query("{}", stable(std::nullopt)), R"({"consistency":{"level":"eventual"}})");
}

TEST(EditQuery, KeepsTheCallersBytes) {
  EXPECT_EQ(
      edit_query(R"({ "filters" : ["a", "Eq", 1.0e2], "consistency":{ "level" : "stable" } })",
                 stable()),
      R"({ "filters" : ["And",[["a", "Eq", 1.0e2],)" + kCut +
          R"(]], "consistency":{ "level" : "eventual" } })");
}

TEST(EditQuery, JoinsTheRangeBeforeTheCut) {
  const QueryEdit edit{.range = {.after_ms = 1, .until_ms = 2}, .cut_ms = 7};
  const std::string range = time_filter(edit.range);
  EXPECT_EQ(edit_query(R"({"between":[1,2],"filters":["a","Eq",1]})", edit),
            R"({"filters":["And",[["And",[["a","Eq",1],)" + range + "]]," + kCut + "]]}");
  EXPECT_EQ(edit_query(R"({"between":[1,2],"filters":null})", edit),
            R"({"filters":["And",[)" + range + "," + kCut + "]]}");
}

TEST(EditQuery, GivesEveryMemberOfAMultiQueryTheSameCut) {
  EXPECT_EQ(edit_query(R"({"queries":[{"a":1},{"filters":["b","Eq",2]},{}],"as_of":9})", stable()),
            R"({"consistency":{"level":"eventual"},"queries":[{"filters":)" + kCut +
                R"(,"a":1},{"filters":["And",[["b","Eq",2],)" + kCut + R"(]]},{"filters":)" + kCut +
                "}]}");
}

TEST(EditQuery, SetsTheLevelWhateverShapeConsistencyHas) {
  const QueryEdit edit = stable(std::nullopt);
  EXPECT_EQ(edit_query(R"({"consistency":null})", edit), R"({"consistency":{"level":"eventual"}})");
  EXPECT_EQ(edit_query(R"({"consistency":{}})", edit), R"({"consistency":{"level":"eventual"}})");
  EXPECT_EQ(edit_query(R"({"consistency":{"x":1}})", edit),
            R"({"consistency":{"level":"eventual","x":1}})");
  EXPECT_EQ(
      edit_query(R"({"queries":[{"consistency":{"level":"stable"}}]})", edit),
      R"({"consistency":{"level":"eventual"},"queries":[{"consistency":{"level":"eventual"}}]})");
}

TEST(EditQuery, ComparesNothingWhereRowsHaveNoStamps) {
  QueryEdit edit{.range = {.until_ms = 5}, .cut_ms = 7, .without_stamps = true};
  EXPECT_FALSE(edit.compares_stamps());
  EXPECT_EQ(edit_query(R"({"as_of":5,"top_k":1})", edit), R"({"top_k":1})");
  edit.range.after_ms = 1;
  EXPECT_EQ(edit_query(R"({"between":[1,5],"top_k":1})", edit),
            R"({"filters":["id","In",[]],"top_k":1})");
}

TEST(TimeRangeOf, ReadsTheFieldsOfTheBodyItself) {
  EXPECT_EQ(time_range_of(R"({"x":{"as_of":1},"written_before":5})")->until_ms, 5);
  EXPECT_EQ(time_range_of(R"({"between":[1,2]})")->after_ms, 1);
  EXPECT_TRUE(time_range_of(R"({"as_of":null})")->empty());
}

TEST(TimeRangeOf, RefusesARangeInsideAMemberAndNamesIt) {
  const auto refused = time_range_of(R"({"queries":[{"a":1},{"as_of":5}]})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  EXPECT_TRUE(refused.error().message.starts_with("queries[1].as_of")) << refused.error().message;
}

}  // namespace
}  // namespace layer::features::freshness
