#include "operator/process/desired_count.h"

#include <gtest/gtest.h>

namespace layer::workers {
namespace {

using namespace std::chrono_literals;
using resources::ScalingMode;

class DesiredCountTest : public ::testing::Test {
 protected:
  std::uint32_t with_depth(std::uint64_t depth) {
    return count.next(rules, {.depth = depth}, clock);
  }

  core::ManualClock clock;
  ScalingRules rules{.min = 0, .max = 4, .target_depth = 10, .warm_window = 60s};
  DesiredCount count;
};

TEST_F(DesiredCountTest, FollowsTheDepthBetweenItsBounds) {
  EXPECT_EQ(with_depth(0), 0);
  EXPECT_EQ(with_depth(1), 1);
  EXPECT_EQ(with_depth(10), 1);
  EXPECT_EQ(with_depth(11), 2);
  EXPECT_EQ(with_depth(40), 4);
  EXPECT_EQ(with_depth(UINT64_MAX), 4);
  rules.min = 2;
  EXPECT_EQ(with_depth(1), 2);
}

TEST_F(DesiredCountTest, HoldsTheLastCountWhileItIsWarm) {
  EXPECT_EQ(with_depth(25), 3);
  clock.advance(59'999ms);
  EXPECT_EQ(with_depth(0), 3);
  clock.advance(1ms);
  EXPECT_EQ(with_depth(0), 0);
  clock.advance(1h);
  EXPECT_EQ(with_depth(0), 0);
}

TEST_F(DesiredCountTest, WorkThatComesBackKeepsItWarm) {
  with_depth(25);
  clock.advance(59s);
  EXPECT_EQ(with_depth(1), 1);
  clock.advance(59s);
  EXPECT_EQ(with_depth(0), 1);
}

TEST_F(DesiredCountTest, StaysWhenTheDepthIsNotKnown) {
  with_depth(25);
  clock.advance(1h);
  EXPECT_EQ(count.next(rules, {}, clock), 3);
  rules.max = 2;
  EXPECT_EQ(count.next(rules, {}, clock), 2);
}

TEST_F(DesiredCountTest, FixedKeepsTheLeastAndDisabledNone) {
  rules.mode = ScalingMode::kFixed;
  rules.min = 3;
  EXPECT_EQ(with_depth(0), 3);
  EXPECT_EQ(with_depth(1000), 3);
  rules.mode = ScalingMode::kDisabled;
  EXPECT_EQ(with_depth(1000), 0);
}

TEST_F(DesiredCountTest, NoneWhileItIsHeldAndNothingIsWarmAfterwards) {
  rules.min = 1;
  with_depth(25);
  EXPECT_EQ(count.next(rules, {.held = true, .depth = 25}, clock), 0);
  EXPECT_EQ(with_depth(0), 1);
}

TEST_F(DesiredCountTest, OneAtLeastInAWindow) {
  rules.cron = core::Cron::parse("0 * * * *");
  rules.window = 120s;
  clock.set_wall_ms(1'700'000'000'000 / 3'600'000 * 3'600'000);
  EXPECT_EQ(with_depth(0), 1);
  EXPECT_EQ(with_depth(35), 4);
  rules.max = 0;
  EXPECT_EQ(with_depth(35), 0);
  rules.max = 4;
  clock.advance(10min);
  EXPECT_EQ(with_depth(0), 0);
}

TEST_F(DesiredCountTest, TheUpperBoundHoldsOverTheLower) {
  rules.min = 8;
  EXPECT_EQ(with_depth(0), 4);
  rules.mode = ScalingMode::kFixed;
  EXPECT_EQ(with_depth(0), 4);
}

}  // namespace
}  // namespace layer::workers
