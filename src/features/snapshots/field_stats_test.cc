#include "features/snapshots/field_stats.h"

#include <gtest/gtest.h>

namespace layer::features::snapshots {
namespace {

TEST(FieldStats, TellTheExtremesAndTheMostFrequent) {
  Body body{.ns = "docs", .watermark_ms = 5, .row_count = 10, .exact = true};
  body.fields.push_back({.name = "year",
                         .type = ValueType::kNumber,
                         .values = {{.v = "9", .n = 1}, {.v = "10", .n = 5}, {.v = "-3", .n = 2}}});
  body.fields.push_back({.name = "tags",
                         .type = ValueType::kString,
                         .array = true,
                         .values = {{.v = "a", .n = 10}, {.v = "b", .n = 9}}});
  body.skipped.push_back({.name = "title",
                          .reason = SkippedField::Reason::kExceededCap,
                          .distinct_observed = 10'001,
                          .lower_bound = true});
  seal(body);
  EXPECT_EQ(
      print_field_stats(body, {.watermark_ms = 7, .top = 1, .attributes = {"year", "body"}}),
      R"({"as_of":7,"rows":10,"exact":true,"fields":{)"
      R"("tags":{"missing":null,"distinct":{"value":2,"quality":"exact"},"min":"a","max":"b",)"
      R"("top":[{"v":"a","n":10}],"state":"exact"},)"
      R"("year":{"missing":2,"distinct":{"value":3,"quality":"exact"},"min":-3,"max":10,)"
      R"("top":[{"v":"10","n":5}],"state":"exact"},)"
      R"("title":{"missing":null,"distinct":{"value":10001,"quality":"lower_bound"},)"
      R"("min":null,"max":null,"top":[],"state":"approximate"}},"untracked":["body"]})");
}

TEST(FieldStats, OfAnEmptySnapshotAreEmpty) {
  Body body{.ns = "docs"};
  seal(body);
  EXPECT_EQ(print_field_stats(body, {}),
            R"({"as_of":0,"rows":null,"exact":false,"fields":{},"untracked":[]})");
}

}  // namespace
}  // namespace layer::features::snapshots
