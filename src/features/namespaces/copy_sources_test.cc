#include "features/namespaces/copy_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"
#include "testing/fake_store.h"

namespace layer::features::namespaces {
namespace {

using ::testing::HasSubstr;

class CopySourcesTest : public ::testing::Test {
 protected:
  Result<CopySources> map(std::string_view body, std::string_view target = "target") {
    return map_copy_sources(body, table, *table.find(target));
  }
  layer::testing::FakeStore us{"us"};
  layer::testing::FakeStore eu{"eu"};
  RoutingTable table{
      {index({.name = "docs", .physical = "docs-v2"}), index({.name = "far", .store = "eu"}),
       index({.name = "far2", .store = "eu", .physical = "x"})},
      [this](std::string_view name) { return name == "eu" ? &eu : &us; }};
};

TEST_F(CopySourcesTest, LeavesABodyAloneWhoseNamesAreTheStores) {
  const auto mapped = map(R"({"copy_from_namespace":"plain"})");
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(mapped->copies);
  EXPECT_FALSE(mapped->branches);
  EXPECT_EQ(mapped->body, std::nullopt);
}

TEST_F(CopySourcesTest, MapsNamesAndNothingElse) {
  EXPECT_EQ(*map("{ \"copy_from_namespace\" : \"d\\u006fcs\" , \"x\":1e5}")->body,
            "{ \"copy_from_namespace\" : \"docs-v2\" , \"x\":1e5}");
  const auto mapped = map(R"({"branch_from_namespace":{"source_namespace":"docs"}})");
  EXPECT_TRUE(mapped->branches);
  EXPECT_EQ(*mapped->body, R"({"branch_from_namespace":{"source_namespace":"docs-v2"}})");
  EXPECT_EQ(*map(R"({"copy_from_namespace":"far2"})", "far")->body,
            R"({"copy_from_namespace":"x"})");
}

TEST_F(CopySourcesTest, KeepsTheNamesOfAnotherOrganisation) {
  for (const char* body :
       {R"({"copy_from_namespace":{"source_namespace":"docs","source_api_key":"k"}})",
        R"({"copy_from_namespace":{"source_namespace":"far","source_region":"r"}})"}) {
    const auto mapped = map(body);
    ASSERT_TRUE(mapped) << body;
    EXPECT_EQ(mapped->body, std::nullopt) << body;
  }
}

TEST_F(CopySourcesTest, RefusesTwoStores) {
  const auto refused = map(R"({"branch_from_namespace":"far"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBranchAcrossStores);
  EXPECT_THAT(refused.error().message, HasSubstr("'eu'"));
}

TEST_F(CopySourcesTest, SeesEachOfSeveralSpellings) {
  EXPECT_FALSE(map(R"({"copy_from_namespace":"plain","c\u006fpy_from_namespace":"far"})"));
}

TEST_F(CopySourcesTest, LeavesOtherBodiesToTheStore) {
  for (const char* body : {"", "[]", "{", R"({"upsert_rows":[{"copy_from_namespace":"far"}]})",
                           R"({"copy_from_namespace":null})", R"({"copy_from_namespace":7})"}) {
    const auto mapped = map(body);
    ASSERT_TRUE(mapped) << body;
    EXPECT_EQ(mapped->body, std::nullopt) << body;
  }
}

}  // namespace
}  // namespace layer::features::namespaces
