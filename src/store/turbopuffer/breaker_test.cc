#include "store/turbopuffer/breaker.h"

#include <gtest/gtest.h>

namespace layer::store {
namespace {

using namespace std::chrono_literals;
using Outcome = Breaker::Outcome;

struct BreakerTest : ::testing::Test {
  Breaker breaker{true};
  async::TimePoint now = async::TimePoint(1000s);

  // One call of this outcome; false when it was refused.
  bool call(Outcome outcome) {
    const auto admission = breaker.admit(now);
    if (admission.admitted) {
      breaker.settle(admission, outcome, now);
    }
    return admission.admitted;
  }
  void calls(int count, Outcome outcome) {
    for (int i = 0; i < count; ++i) {
      call(outcome);
    }
  }
};

TEST_F(BreakerTest, OpensAfterTenFailuresToReachTheStoreInARow) {
  calls(9, Outcome::kUnreachable);
  EXPECT_FALSE(breaker.open());
  calls(1, Outcome::kUnreachable);
  EXPECT_TRUE(breaker.open());
  const auto refused = breaker.admit(now + 1s);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after, 4s);
}

TEST_F(BreakerTest, AnAnswerBreaksTheRow) {
  calls(9, Outcome::kUnreachable);
  calls(30, Outcome::kAnswered);
  calls(9, Outcome::kUnreachable);
  EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, OpensWhenHalfOfTwentyCallsFailed) {
  calls(10, Outcome::kAnswered);
  calls(9, Outcome::kFailed);
  EXPECT_FALSE(breaker.open());
  calls(1, Outcome::kFailed);
  EXPECT_TRUE(breaker.open());
}

TEST_F(BreakerTest, FewerThanTwentyCallsSayTooLittle) {
  calls(19, Outcome::kFailed);
  EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, FailuresOlderThanTenSecondsAreForgotten) {
  calls(19, Outcome::kFailed);
  now += 11s;
  calls(19, Outcome::kFailed);
  EXPECT_FALSE(breaker.open());
  calls(1, Outcome::kFailed);
  EXPECT_TRUE(breaker.open());
}

TEST_F(BreakerTest, AnswersBelow500NeverOpenItAndNeitherDoAbandonedCalls) {
  calls(1000, Outcome::kAnswered);
  calls(1000, Outcome::kAbandoned);
  EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, AfterFiveSecondsOneProbeDecides) {
  calls(10, Outcome::kUnreachable);
  now += 5s;
  const auto probe = breaker.admit(now);
  EXPECT_TRUE(probe.admitted);
  EXPECT_TRUE(probe.probe);
  const auto second = breaker.admit(now);
  EXPECT_FALSE(second.admitted);
  EXPECT_GT(second.retry_after, 0s);

  breaker.settle(probe, Outcome::kFailed, now);
  EXPECT_FALSE(breaker.admit(now + 4s).admitted);
  now += 5s;
  EXPECT_TRUE(call(Outcome::kAnswered));
  EXPECT_FALSE(breaker.open());
  // What failed before is forgotten.
  calls(9, Outcome::kUnreachable);
  EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, AnAbandonedProbeMakesTheNextCallTheProbe) {
  calls(10, Outcome::kUnreachable);
  now += 5s;
  EXPECT_TRUE(call(Outcome::kAbandoned));
  EXPECT_TRUE(breaker.open());
  EXPECT_TRUE(call(Outcome::kAnswered));
  EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, CallsFromBeforeItOpenedDoNotKeepItOpen) {
  const auto straggler = breaker.admit(now);
  calls(10, Outcome::kUnreachable);
  breaker.settle(straggler, Outcome::kUnreachable, now + 3s);
  now += 5s;
  EXPECT_TRUE(breaker.admit(now).probe);
}

TEST_F(BreakerTest, SwitchedOffItNeverOpens) {
  Breaker off(false);
  for (int i = 0; i < 100; ++i) {
    off.settle(off.admit(now), Outcome::kUnreachable, now);
  }
  EXPECT_TRUE(off.admit(now).admitted);
}

}  // namespace
}  // namespace layer::store
