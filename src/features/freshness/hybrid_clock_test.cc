#include "features/freshness/hybrid_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace layer::features::freshness {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

class HybridClockTest : public ::testing::Test {
 protected:
  core::ManualClock clock{kNow};
  core::Metrics metrics;
  HybridClock hlc{clock, 0xabc, metrics};
};

TEST_F(HybridClockTest, FollowsTheWallClock) {
  EXPECT_EQ(hlc.stamp("a").ms, kNow);
  clock.advance(std::chrono::milliseconds(10));
  EXPECT_EQ(hlc.stamp("a").ms, kNow + 10);
  EXPECT_EQ(hlc.stamp("a").gateway, 0xabcU);
}

TEST_F(HybridClockTest, StrictlyIncreasesInANamespaceThatWritesTwiceInAMillisecond) {
  EXPECT_EQ(hlc.stamp("a").ms, kNow);
  EXPECT_EQ(hlc.stamp("b").ms, kNow);
  EXPECT_EQ(hlc.stamp("a").ms, kNow + 1);
  EXPECT_EQ(hlc.stamp("b").ms, kNow + 1);
}

TEST_F(HybridClockTest, NumbersTheWritesOfOneMillisecond) {
  EXPECT_EQ(hlc.stamp("a").counter, 0);
  EXPECT_EQ(hlc.stamp("b").counter, 1);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(hlc.stamp("c").counter, 0);
}

TEST_F(HybridClockTest, AWallClockThatStepsBackChangesNothing) {
  hlc.stamp("a");
  clock.set_wall_ms(kNow - 3'600'000);
  EXPECT_EQ(hlc.stamp("b").ms, kNow);
  EXPECT_EQ(hlc.stamp("a").ms, kNow + 1);
  EXPECT_EQ(hlc.now_ms(), kNow + 1);
}

TEST_F(HybridClockTest, LaterStampsAreNotBelowOneThatWasSeen) {
  ASSERT_TRUE(hlc.observe(kNow + kStampAheadMsMax));
  EXPECT_EQ(hlc.stamp("a").ms, kNow + kStampAheadMsMax);
  ASSERT_TRUE(hlc.observe(kNow));
  EXPECT_EQ(hlc.now_ms(), kNow + kStampAheadMsMax);
}

TEST_F(HybridClockTest, AStampTooFarAheadIsRefusedCountedAndForgotten) {
  const auto refused = hlc.observe(kNow + kStampAheadMsMax + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidToken);
  EXPECT_EQ(hlc.stamp("a").ms, kNow);
  EXPECT_NE(metrics.print().find("layer_clock_rejects_total 1"), std::string::npos);
}

TEST_F(HybridClockTest, ShowsHowFarItIsAheadOfTheWallClock) {
  ASSERT_TRUE(hlc.observe(kNow + 250));
  EXPECT_NE(metrics.print().find("layer_clock_drift_ms 250"), std::string::npos) << metrics.print();
}

TEST_F(HybridClockTest, MoreWritesInAMillisecondThanCanBeNumberedMoveOn) {
  Stamp before = hlc.stamp("0");
  for (int i = 1; i < 70'000; ++i) {
    const Stamp stamp = hlc.stamp(std::to_string(i));
    ASSERT_LT(before, stamp) << i;
    before = stamp;
  }
  EXPECT_EQ(before.ms, kNow + 1);
}

// The rule as the contract writes it, with every namespace's last stamp remembered for ever.
TEST_F(HybridClockTest, GivesTheStampsOfTheRuleThatForgetsNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::map<std::string, std::int64_t> last;
  std::int64_t expected_clock = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 4 == 0) {
      clock.set_wall_ms(clock.wall_ms() + static_cast<std::int64_t>(random() % 21) - 10);
    }
    const std::string ns = std::to_string(random() % 50);
    const std::int64_t before = last.contains(ns) ? last[ns] + 1 : 0;
    expected_clock = std::max({clock.wall_ms(), expected_clock, before});
    last[ns] = expected_clock;
    ASSERT_EQ(hlc.stamp(ns).ms, expected_clock) << "write " << i;
  }
}

TEST_F(HybridClockTest, ThreadsNeverGetTheSameStampForOneNamespace) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 2'000;
  std::vector<std::vector<Stamp>> stamps(kThreads);
  std::vector<std::jthread> threads;
  for (auto& own : stamps) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < kEach; ++i) {
        own.push_back(hlc.stamp("one"));
      }
    });
  }
  threads.clear();
  std::map<std::int64_t, int> seen;
  for (const auto& own : stamps) {
    EXPECT_TRUE(std::ranges::is_sorted(own));
    for (const Stamp& stamp : own) {
      EXPECT_EQ(++seen[stamp.ms], 1);
    }
  }
}

}  // namespace
}  // namespace layer::features::freshness
