#include "features/namespaces/settings.h"

#include <gtest/gtest.h>

#include "features/namespaces/test_indexes.h"

namespace layer::features::namespaces {
namespace {

TEST(WriteSettings, StampsUnlessTheProcessOrTheIndexSaysNo) {
  const auto off = index({.name = "docs", .stamp = false});
  const Route plain{.logical = "docs", .physical = "docs"};
  const Route unstamped{.logical = "docs", .physical = "docs", .index = off.spec.get()};
  const NamespaceState state;
  EXPECT_TRUE(write_settings(true, plain, state).stamp);
  EXPECT_FALSE(write_settings(false, plain, state).stamp);
  EXPECT_FALSE(write_settings(true, unstamped, state).stamp);
  EXPECT_TRUE(write_settings(true, unstamped, state).nothing_applies());
}

TEST(WriteSettings, ShardsRowsAlsoDuringTheBackfill) {
  const Route plain{.logical = "docs", .physical = "docs"};
  const NamespaceState state{.layout =
                                 Layout{.shard_count = 8, .state = Layout::State::kBackfilling}};
  const auto found = write_settings(false, plain, state);
  EXPECT_EQ(found.shard_count, 8U);
  EXPECT_FALSE(found.nothing_applies());
  EXPECT_TRUE(may_hold_reserved(false, plain, state));
  EXPECT_FALSE(may_hold_reserved(false, plain, NamespaceState{}));
}

}  // namespace
}  // namespace layer::features::namespaces
