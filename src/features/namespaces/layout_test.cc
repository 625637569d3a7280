#include "features/namespaces/layout.h"

#include <gtest/gtest.h>

namespace layer::features::namespaces {
namespace {

TEST(Layout, ReadsWhatInitWrites) {
  const auto layout = parse_layout(
      R"({"v":1,"schema_version":3,"shard_count":16,"scatter":"scans","state":"backfilling",)"
      R"("cursor":"abc","migrated":42,"started_at":1,"completed_at":null,"incarnation":2})");
  ASSERT_TRUE(layout) << layout.error().message;
  EXPECT_EQ(*layout, (Layout{.schema_version = 3,
                             .shard_count = 16,
                             .scatter_queries = false,
                             .state = Layout::State::kBackfilling,
                             .migrated = 42,
                             .incarnation = 2,
                             .cursor = "abc",
                             .started_at_ms = 1}));
}

TEST(Layout, ReadsWhatItPrints) {
  Layout layout{.schema_version = 3,
                .shard_count = 16,
                .scatter_queries = false,
                .state = Layout::State::kBackfilling,
                .migrated = 42,
                .incarnation = 2,
                .cursor = R"({"after":"\"x"})",
                .started_at_ms = 1'700'000'000'000,
                .reshard = true,
                .stamps_rows = false};
  EXPECT_EQ(*parse_layout(print_layout(layout)), layout);
  layout.state = Layout::State::kReady;
  layout.completed_at_ms = 1'700'000'000'001;
  EXPECT_EQ(*parse_layout(print_layout(layout)), layout);
}

TEST(Layout, TakesDefaultsForWhatIsAbsent) {
  const auto layout = parse_layout("{}");
  ASSERT_TRUE(layout);
  EXPECT_EQ(*layout, Layout{});
}

TEST(Layout, RefusesWhatItCannotMean) {
  for (const char* text :
       {"", "[]", R"({"v":2})", R"({"shard_count":1025})", R"({"shard_count":-1})",
        R"({"state":"odd"})", R"({"scatter":"none"})", R"({"schema_version":"1"})"}) {
    const auto layout = parse_layout(text);
    ASSERT_FALSE(layout) << text;
    EXPECT_EQ(layout.error().code, ErrorCode::kCorrupt) << text;
  }
  EXPECT_FALSE(parse_layout(std::string(kStateObjectBytesMax + 1, ' ')));
}

TEST(Tombstone, ReadsWhatItPrints) {
  const Tombstone tombstone{.incarnation = 7, .deleted_at_ms = 1'700'000'000'000};
  const auto read = parse_tombstone(print_tombstone(tombstone));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, tombstone);
}

TEST(StateKeys, LieUnderTheNamespace) {
  EXPECT_EQ(layout_key("docs"), "namespaces/docs/layout.json");
  EXPECT_EQ(tombstone_key("docs"), "namespaces/docs/tombstone.json");
}

TEST(StateKeys, AreMadeOfNamespaceNamesOnly) {
  EXPECT_TRUE(is_namespace_name("a-Z_0.9"));
  EXPECT_TRUE(is_namespace_name(std::string(128, 'a')));
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("a/b"), std::string("ä"), std::string(129, 'a')}) {
    EXPECT_FALSE(is_namespace_name(name)) << name;
  }
}

}  // namespace
}  // namespace layer::features::namespaces
