#include "features/snapshots/snapshot_answers.h"

#include <gtest/gtest.h>

namespace layer::features::snapshots {
namespace {

Body films() {
  Body body{.ns = "films", .watermark_ms = 5, .row_count = 10, .exact = true};
  body.fields.push_back({.name = "genre",
                         .type = ValueType::kString,
                         .values = {{.v = "drama", .n = 6}, {.v = "western", .n = 3}}});
  body.fields.push_back({.name = "score",
                         .type = ValueType::kNumber,
                         .values = {{.v = "1.0", .n = 4}, {.v = "2.5", .n = 1}}});
  body.fields.push_back(
      {.name = "tags", .type = ValueType::kString, .array = true, .values = {{.v = "a", .n = 9}}});
  seal(body);
  return body;
}

std::optional<std::uint64_t> count(std::string filter) {
  const auto answer = answer_from(films(), {.ns = "films", .filter = std::move(filter)});
  return answer ? std::optional(answer->count) : std::nullopt;
}

TEST(SnapshotAnswers, CountRowsAndRowsWithAValue) {
  EXPECT_EQ(count(""), 10U);
  EXPECT_EQ(count(R"(["genre","Eq","drama"])"), 6U);
  EXPECT_EQ(count(R"(["genre","Eq","musical"])"), 0U);
  EXPECT_EQ(count(R"(["genre","In",["drama","western","drama"]])"), 9U);
  EXPECT_EQ(count(R"(["score","Eq",1])"), 4U);
  EXPECT_EQ(count(R"(["score","In",[2.5,1.0,7]])"), 5U);
}

TEST(SnapshotAnswers, SayNothingWhereTheyCannotKnow) {
  for (const char* filter :
       {R"(["genre","Eq",null])", R"(["genre","Eq",7])", R"(["tags","Eq","a"])",
        R"(["other","Eq","a"])", R"(["genre","Gt","a"])", R"(["And",[["genre","Eq","drama"]]])",
        R"(["genre","Eq","2024-01-01"])", "[]", "{}", "nonsense"}) {
    EXPECT_EQ(count(filter), std::nullopt) << filter;
  }
}

TEST(SnapshotAnswers, GiveTheValuesOfAFieldTheMostFrequentFirst) {
  const auto answer = answer_from(films(), {.ns = "films", .field = "genre"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->values,
            (std::vector<std::pair<std::string, std::uint64_t>>{{"drama", 6}, {"western", 3}}));
  EXPECT_FALSE(answer_from(films(), {.ns = "films", .field = "tags"}));
  EXPECT_FALSE(
      answer_from(films(), {.ns = "films", .filter = R"(["a","Eq",1])", .field = "genre"}));
}

}  // namespace
}  // namespace layer::features::snapshots
