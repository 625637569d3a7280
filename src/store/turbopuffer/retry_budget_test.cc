#include "store/turbopuffer/retry_budget.h"

#include <gtest/gtest.h>

namespace layer::store {
namespace {

using namespace std::chrono_literals;

int take_all(RetryBudget& budget, async::TimePoint now) {
  int taken = 0;
  while (taken < 10'000 && budget.take(now)) {
    ++taken;
  }
  return taken;
}

constexpr async::TimePoint kNow{std::chrono::seconds(500)};

TEST(RetryBudget, TenAreAlwaysAllowed) {
  RetryBudget budget;
  EXPECT_EQ(take_all(budget, kNow), 10);
  EXPECT_FALSE(budget.take(kNow + 5s));
}

TEST(RetryBudget, ATenthOfTheCallsOfTenSeconds) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) {
    budget.count_call(kNow + std::chrono::milliseconds(i * 5));
  }
  EXPECT_EQ(take_all(budget, kNow + 5s), 100);
}

TEST(RetryBudget, ComesBackWhenTheWindowHasPassed) {
  RetryBudget budget;
  EXPECT_EQ(take_all(budget, kNow), 10);
  EXPECT_EQ(take_all(budget, kNow + 10s), 10);
}

TEST(WindowCounts, ASlotIsCountedForItsOwnSecondOnly) {
  WindowCounts counts;
  counts.add(kNow, 3, 1);
  counts.add(kNow + 9s, 5, 2);
  EXPECT_EQ(counts.sum(kNow + 9s).all, 8U);
  EXPECT_EQ(counts.sum(kNow + 9s).part, 3U);
  EXPECT_EQ(counts.sum(kNow + 10s).all, 5U);
  EXPECT_EQ(counts.sum(kNow + 19s).all, 0U);
}

}  // namespace
}  // namespace layer::store
