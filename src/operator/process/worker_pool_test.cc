#include "operator/process/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layer::workers {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Number = WorkerPool::Number;

class WorkerPoolTest : public ::testing::Test {
 protected:
  WorkerPoolTest() { pool.set_patience(40s); }

  WorkerPool::Orders turn(std::uint32_t desired, std::set<Number> busy = {}) {
    auto orders = pool.turn(now, desired, busy);
    for (const Number number : orders.start) {
      EXPECT_TRUE(pool.started(number, now));
    }
    return orders;
  }
  Ended crash(Number number) { return pool.exited(number, true, now); }
  // What is started after the one that runs crashed, and how much later.
  std::chrono::seconds wait_after_crash() {
    crash(1);
    const auto crashed = now;
    while (turn(1).start.empty()) {
      now += 1s;
    }
    return std::chrono::duration_cast<std::chrono::seconds>(now - crashed);
  }

  WorkerPool::TimePoint now{};
  WorkerPool pool;
};

TEST_F(WorkerPoolTest, GrowsAtOnceAndShrinksOneByOne) {
  EXPECT_THAT(turn(3).start, ElementsAre(1, 2, 3));
  EXPECT_TRUE(turn(3).empty());
  EXPECT_THAT(turn(0).stop, ElementsAre(3));
  EXPECT_TRUE(turn(0).empty());
  now += kShrinkEvery;
  EXPECT_THAT(turn(0).stop, ElementsAre(2));
  now += kShrinkEvery;
  EXPECT_THAT(turn(0).stop, ElementsAre(1));
  EXPECT_EQ(pool.stopping(), 3);
  for (const Number number : {1U, 2U, 3U}) {
    EXPECT_EQ(crash(number), Ended::kAsked) << "an end that was asked for is no crash";
  }
  EXPECT_TRUE(pool.empty());
  EXPECT_THAT(turn(1).start, ElementsAre(1));
}

TEST_F(WorkerPoolTest, ThoseWithoutLeasesGoFirst) {
  turn(3);
  EXPECT_TRUE(pool.shrinks(now, 2));
  EXPECT_THAT(turn(2, {2, 3}).stop, ElementsAre(1));
  EXPECT_FALSE(pool.shrinks(now, 1));
  now += kShrinkEvery;
  EXPECT_THAT(turn(1, {2, 3}).stop, ElementsAre(3)) << "all are busy: one of them";
}

TEST_F(WorkerPoolTest, OneThatDoesNotEndIsKilledOnce) {
  turn(1);
  EXPECT_THAT(turn(0).stop, ElementsAre(1));
  now += 40s - 1ms;
  EXPECT_TRUE(turn(0).empty());
  now += 1ms;
  EXPECT_THAT(turn(0).kill, ElementsAre(1));
  now += 1h;
  EXPECT_TRUE(turn(0).empty());
}

TEST_F(WorkerPoolTest, ANumberIsFreeWhenTheProcessHasEnded) {
  turn(1);
  turn(0);
  EXPECT_THAT(turn(1).start, ElementsAre(2));
  pool.exited(1, false, now);
  EXPECT_THAT(turn(2).start, ElementsAre(1));
}

TEST_F(WorkerPoolTest, ThoseThatEndSlowlyAreBounded) {
  for (int i = 0; i < 10; ++i) {
    turn(2);
    pool.renew();
    turn(2);
  }
  EXPECT_EQ(pool.stopping() + pool.running(), 4);
}

TEST_F(WorkerPoolTest, WaitsLongerAfterEachCrash) {
  turn(1);
  EXPECT_EQ(wait_after_crash(), 1s);
  EXPECT_EQ(wait_after_crash(), 2s);
  EXPECT_EQ(wait_after_crash(), 4s);
  EXPECT_EQ(wait_after_crash(), 8s);
  EXPECT_FALSE(pool.in_crash_loop(now));
  EXPECT_EQ(wait_after_crash(), kCrashLoopWait) << "the fifth within five minutes";
  EXPECT_EQ(wait_after_crash(), 32s);
  EXPECT_EQ(wait_after_crash(), 60s);
}

TEST_F(WorkerPoolTest, CrashesThatAreFarApartAreNoLoop) {
  turn(1);
  for (int i = 0; i < 20; ++i) {
    now += 2min;
    EXPECT_EQ(wait_after_crash(), 1s) << "it ran for long";
    EXPECT_FALSE(pool.in_crash_loop(now));
  }
}

TEST_F(WorkerPoolTest, AnOrderlyEndIsNoCrash) {
  turn(1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pool.exited(1, false, now), Ended::kOrderly);
    EXPECT_TRUE(turn(1).empty());
    now += kRestAfterEnd;
    EXPECT_THAT(turn(1).start, ElementsAre(1));
  }
  EXPECT_FALSE(pool.in_crash_loop(now));
}

TEST_F(WorkerPoolTest, AnotherCommandReplacesThemAndForgetsCrashes) {
  turn(1);
  for (int i = 0; i < 4; ++i) {
    wait_after_crash();
  }
  crash(1);
  EXPECT_TRUE(pool.in_crash_loop(now));
  pool.renew();
  EXPECT_FALSE(pool.in_crash_loop(now));
  EXPECT_THAT(turn(1).start, ElementsAre(1));
  pool.renew();
  const auto orders = turn(1);
  EXPECT_THAT(orders.stop, ElementsAre(1));
  EXPECT_THAT(orders.start, ElementsAre(2));
}

TEST_F(WorkerPoolTest, AProgramThatCannotBeStartedIsTriedAgainLater) {
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_THAT(pool.turn(now, 1).start, ElementsAre(1));
    pool.failed(1, now);
    now += wait - 1ms;
    EXPECT_TRUE(pool.turn(now, 1).empty());
    now += 1ms;
    EXPECT_FALSE(pool.in_crash_loop(now));
  }
}

TEST_F(WorkerPoolTest, OneThatIsBeingStartedIsToldWhenItIsThere) {
  EXPECT_THAT(pool.turn(now, 1).start, ElementsAre(1));
  EXPECT_EQ(pool.starting(), 1);
  EXPECT_THAT(pool.turn(now, 0).stop, IsEmpty());
  EXPECT_FALSE(pool.started(1, now));
  now += 40s;
  EXPECT_THAT(pool.turn(now, 0).kill, ElementsAre(1));
}

TEST_F(WorkerPoolTest, AllAtOnce) {
  turn(3);
  EXPECT_THAT(turn(2).stop, ElementsAre(3));
  EXPECT_THAT(pool.stop_all(now, 30s).stop, ElementsAre(1, 2));
  now += 30s;
  EXPECT_THAT(turn(0).kill, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace layer::workers
