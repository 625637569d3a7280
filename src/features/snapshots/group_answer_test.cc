#include "features/snapshots/group_answer.h"

#include <gtest/gtest.h>

#include "features/snapshots/snapshot_params.h"

namespace layer::features::snapshots {
namespace {

TEST(GroupQuery, AsksForGroupsOfScalarsAndOfElements) {
  EXPECT_EQ(group_query("lang", false, ""),
            R"({"aggregate_by":{"n":["Count"]},"group_by":["lang"],"top_k":10000})");
  EXPECT_EQ(group_query("tags", true, R"(["a","Eq",1])"),
            R"({"filters":["a","Eq",1],"aggregate_by":{"n":["Count"]},)"
            R"("group_by":[{"element":["ForEachUnique","tags"]}],"top_k":10000})");
  EXPECT_EQ(group_query("n", false, ""),
            R"({"aggregate_by":{"count":["Count"]},"group_by":["n"],"top_k":10000})");
}

TEST(GroupAnswer, IsReadAsCountsOfValues) {
  const auto groups = read_groups(
      R"({"aggregation_groups":[{"f":null,"n":4},{"f":"a\"b","n":1},{"f":"","n":2}]})", "f", false);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->without, 4U);
  EXPECT_FALSE(groups->full);
  EXPECT_EQ(groups->counts.type, ValueType::kString);
  EXPECT_EQ(groups->counts.values,
            (std::vector<ValueCount>{{.v = "a\"b", .n = 1}, {.v = "", .n = 2}}));
  const auto numbers =
      read_groups(R"({"aggregation_groups":[{"f":18446744073709551615,"n":1}]})", "f", false);
  EXPECT_EQ(numbers->counts.values.front().v, "18446744073709551615");
  EXPECT_EQ(numbers->counts.type, ValueType::kNumber);
}

TEST(GroupAnswer, ThatIsNoneIsAnError) {
  for (const char* bad :
       {"", "{}", R"({"aggregation_groups":7})", R"({"aggregation_groups":[{"f":"a"}]})",
        R"({"aggregation_groups":[{"f":"a","n":-1}]})"}) {
    EXPECT_EQ(read_groups(bad, "f", false).error().code, ErrorCode::kUpstream) << bad;
  }
  EXPECT_EQ(*read_count(R"({"aggregations":{"n":12}})"), 12U);
  EXPECT_FALSE(read_count(R"({"aggregations":{}})"));
}

TEST(SnapshotRequest, IsReadStrictly) {
  const auto one = parse_request(R"({"field":"lang"})");
  EXPECT_EQ(one->fields, std::vector<std::string>{"lang"});
  EXPECT_EQ(one->source, Source::kAuto);
  const auto several =
      parse_request(R"({"fields":["a","b","a"],"source":"origin","page_size":50})");
  EXPECT_EQ(several->fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*parse_params(print_params(*several)), *several);
  const SnapshotParams automatic{.automatic = true};
  EXPECT_EQ(*parse_params(print_params(automatic)), automatic);
  for (const char* bad : {"", "[]", "{}", R"({"field":""})", R"({"field":7})", R"({"fields":[]})",
                          R"({"fields":"a"})", R"({"field":"a","source":"elsewhere"})",
                          R"({"field":"a","page_size":0})", R"({"field":"a","automatic":true})"}) {
    const auto parsed = parse_request(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kValidation) << bad;
  }
}

}  // namespace
}  // namespace layer::features::snapshots
