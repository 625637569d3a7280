#include "features/watcher/watch_table.h"

#include <gtest/gtest.h>

namespace layer::features::watcher {
namespace {

using std::chrono::milliseconds;

class WatchTableTest : public ::testing::Test {
 protected:
  // Polls whatever is due, once, at no cost of time.
  std::size_t poll(std::optional<IndexState> evidence) {
    const auto due = table.take_due(64);
    for (const auto& one : due) {
      table.end_poll(one, evidence);
    }
    return due.size();
  }

  core::ManualClock clock;
  core::Metrics metrics;
  freshness::HybridClock hlc{clock, 1, metrics};
  WatchTable table{{.namespaces_max = 3}, clock, hlc};
};

TEST_F(WatchTableTest, ANamespaceIsDueAsSoonAsItIsUsed) {
  EXPECT_TRUE(table.use("a"));
  EXPECT_EQ(table.next_due(), clock.steady());
  EXPECT_FALSE(table.use("a")) << "it is known when to look";
  EXPECT_EQ(poll(IndexState::kStable), 1U);
  EXPECT_TRUE(table.stability("a").stable);
  EXPECT_EQ(table.stability("a").stable_as_of_ms, clock.wall_ms() - 500);
}

TEST_F(WatchTableTest, AWriteToANamespaceThatNobodyKnewWakesWhoWaits) {
  EXPECT_EQ(table.next_due(), std::nullopt);
  EXPECT_TRUE(table.end_write("a", table.begin_write("a"), true));
}

TEST_F(WatchTableTest, IsPolledOftenWhileUpdatingAndSeldomOnceStable) {
  table.use("a");
  poll(IndexState::kUpdating);
  EXPECT_EQ(poll(IndexState::kUpdating), 0U);
  clock.advance(milliseconds(1'100));
  EXPECT_EQ(poll(IndexState::kStable), 1U);
  clock.advance(milliseconds(50'000));
  EXPECT_EQ(poll(IndexState::kStable), 0U);
  clock.advance(milliseconds(16'000));
  EXPECT_EQ(poll(IndexState::kStable), 1U);
}

TEST_F(WatchTableTest, AWriteMakesItDueButNeverFasterThanThePace) {
  table.use("a");
  poll(IndexState::kStable);
  clock.advance(milliseconds(5'000));
  EXPECT_TRUE(table.end_write("a", table.begin_write("a"), true));
  EXPECT_FALSE(table.stability("a").stable);
  EXPECT_EQ(poll(IndexState::kStable), 1U);
  table.end_write("a", table.begin_write("a"), true);
  EXPECT_EQ(poll(IndexState::kStable), 0U);
  clock.advance(milliseconds(1'000));
  EXPECT_EQ(poll(IndexState::kStable), 1U);
}

TEST_F(WatchTableTest, AWatermarkThatSomebodyWaitsForIsPolledUntilItIsThere) {
  table.use("a");
  poll(IndexState::kStable);
  const std::int64_t stamp = clock.wall_ms();
  EXPECT_TRUE(table.await_stamp("a", stamp));
  clock.advance(milliseconds(1'100));
  EXPECT_EQ(poll(IndexState::kStable), 1U);
  EXPECT_GE(*table.stability("a").stable_as_of_ms, stamp);
  EXPECT_FALSE(table.await_stamp("a", stamp));
}

TEST_F(WatchTableTest, FailuresChangeNothingButThePace) {
  table.use("a");
  poll(IndexState::kStable);
  clock.advance(milliseconds(66'000));
  EXPECT_EQ(poll(std::nullopt), 1U);
  EXPECT_TRUE(table.stability("a").stable);
  table.end_write("a", table.begin_write("a"), true);
  clock.advance(milliseconds(1'000));
  EXPECT_EQ(poll(std::nullopt), 1U);
  clock.advance(milliseconds(50'000));
  EXPECT_EQ(poll(std::nullopt), 0U);
}

TEST_F(WatchTableTest, WhatNobodyUsesIsNotPolledUnlessItIsKept) {
  table.use("a");
  table.keep({"k"});
  poll(IndexState::kStable);
  clock.advance(std::chrono::minutes(16));
  EXPECT_EQ(poll(IndexState::kStable), 1U);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_FALSE(table.stability("a").stable);
  EXPECT_TRUE(table.stability("a").stable_as_of_ms.has_value());
  EXPECT_TRUE(table.use("a"));
}

TEST_F(WatchTableTest, TheOneUsedLongestAgoGivesWay) {
  const auto write = table.begin_write("a");
  for (const char* ns : {"b", "c", "d"}) {
    clock.advance(milliseconds(1));
    table.use(ns);
  }
  EXPECT_EQ(table.size(), 3U);
  table.end_write("a", write, false);
  const auto due = table.take_due(64);
  for (const auto& one : due) {
    EXPECT_NE(one.ns, "b");
  }
}

TEST_F(WatchTableTest, TakesNoMorePollsThanAllowed) {
  for (const char* ns : {"a", "b", "c"}) {
    table.use(ns);
  }
  EXPECT_EQ(table.take_due(2).size(), 2U);
  EXPECT_EQ(table.take_due(2).size(), 1U);
  EXPECT_EQ(table.take_due(2).size(), 0U);
  EXPECT_EQ(table.next_due(), std::nullopt);
}

TEST_F(WatchTableTest, TellsHowOldAWatermarkIsWhileItIsPolled) {
  EXPECT_EQ(table.lag_seconds("a"), std::nullopt);
  table.use("a");
  EXPECT_EQ(table.lag_seconds("a"), std::nullopt);
  poll(IndexState::kStable);
  clock.advance(milliseconds(1'500));
  EXPECT_DOUBLE_EQ(table.lag_seconds("a").value_or(0), 2.0);
  clock.advance(std::chrono::minutes(16));
  table.take_due(64);
  EXPECT_EQ(table.lag_seconds("a"), std::nullopt);
}

TEST_F(WatchTableTest, ADeletedNamespaceHasNoWatermark) {
  table.use("a");
  poll(IndexState::kStable);
  table.forget("a");
  EXPECT_EQ(table.stability("a").stable_as_of_ms, std::nullopt);
}

}  // namespace
}  // namespace layer::features::watcher
