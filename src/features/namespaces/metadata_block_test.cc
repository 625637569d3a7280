#include "features/namespaces/metadata_block.h"

#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"

namespace layer::features::namespaces {
namespace {

const Route kRoute{.logical = "docs", .physical = "docs"};

TEST(LayerBlock, SaysNullForWhatNobodyKnows) {
  const NamespaceState state{.known = true};
  EXPECT_EQ(print_layer_block({.route = kRoute, .state = state, .row_count = 10}),
            R"({"stable_as_of":null,"is_stable":false,"indexed":null,"index_lag_rows":null,)"
            R"("schema_version":null,"init_state":"ready","init_lag_rows":0,"shard_count":null,)"
            R"("shard_state":"unsharded","shard_lag_rows":0,"scatter_gather_active":false,)"
            R"("stamp":true,"consistency":"eventual","generation":null})");
}

TEST(LayerBlock, ShowsABackfillByItsOwnRecord) {
  const NamespaceState state{.layout = Layout{.schema_version = 2,
                                              .shard_count = 8,
                                              .state = Layout::State::kBackfilling,
                                              .migrated = 30}};
  const auto stable = index({.name = "docs", .stable = true});
  const Route route{.logical = "docs", .physical = "docs", .index = stable.spec.get()};
  EXPECT_EQ(print_layer_block({.route = route,
                               .state = state,
                               .stability = {.stable_as_of_ms = 5, .stable = true},
                               .stamp = false,
                               .row_count = 100}),
            R"({"stable_as_of":5,"is_stable":true,"indexed":null,"index_lag_rows":null,)"
            R"("schema_version":2,"init_state":"running","init_lag_rows":70,"shard_count":8,)"
            R"("shard_state":"backfilling","shard_lag_rows":70,"scatter_gather_active":false,)"
            R"("stamp":false,"consistency":"stable","generation":null})");
}

TEST(LayerBlock, ScattersOnlyWithAReadyLayoutThatAllowsIt) {
  NamespaceState state{.layout = Layout{.shard_count = 8, .state = Layout::State::kReady}};
  const auto active = R"("scatter_gather_active":true)";
  EXPECT_NE(print_layer_block({.route = kRoute, .state = state}).find(active), std::string::npos);
  state.layout->scatter_queries = false;
  EXPECT_EQ(print_layer_block({.route = kRoute, .state = state}).find(active), std::string::npos);
}

TEST(LayerBlock, HasFieldStatsWhenAskedFor) {
  const NamespaceState state{};
  const auto block = print_layer_block({.route = kRoute, .state = state, .field_stats = true});
  EXPECT_TRUE(block.ends_with(R"("field_stats":null})")) << block;
}

TEST(SpliceLayer, AddsTwoMembersAndLeavesEveryByte) {
  EXPECT_EQ(splice_layer("{ \"a\": 1e400 ,\"b\":{}\n} \n", "docs", "{}"),
            "{ \"a\": 1e400 ,\"b\":{}\n,\"id\":\"docs\",\"layer\":{}} \n");
  EXPECT_EQ(splice_layer("{ }", "d", R"({"x":1})"), R"({ "id":"d","layer":{"x":1}})");
}

TEST(SpliceLayer, LeavesABodyThatIsNoObjectAlone) {
  for (const char* body : {"", "[]", "{\"a\":", "{} {}", "text"}) {
    EXPECT_EQ(splice_layer(body, "docs", "{}"), body);
  }
}

}  // namespace
}  // namespace layer::features::namespaces
