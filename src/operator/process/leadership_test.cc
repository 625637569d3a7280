#include "operator/process/leadership.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "queue/memory/memory_coordination.h"

namespace layer::workers {
namespace {

using namespace std::chrono_literals;

class LeadershipTest : public ::testing::Test {
 protected:
  bool leads(Leadership& one) {
    return async::run_blocking(loops.at(0), [&] { return one.leads(); });
  }

  core::ManualClock clock;
  async::Loops loops{1};
  queue::MemoryCoordination shared{clock};
  Leadership here{&shared, "supervisor", "here", clock};
  Leadership there{&shared, "supervisor", "there", clock};
};

TEST_F(LeadershipTest, OneOfAFleetLeads) {
  EXPECT_TRUE(leads(here));
  EXPECT_FALSE(leads(there));
  for (int i = 0; i < 20; ++i) {
    clock.advance(4s);
    EXPECT_TRUE(leads(here));
    EXPECT_FALSE(leads(there));
  }
}

TEST_F(LeadershipTest, AnotherFollowsOneThatIsGone) {
  EXPECT_TRUE(leads(here));
  clock.advance(15s);
  EXPECT_TRUE(leads(there));
  EXPECT_FALSE(leads(here));
}

TEST_F(LeadershipTest, AnotherFollowsOneThatResigns) {
  EXPECT_TRUE(leads(here));
  async::run_blocking(loops.at(0), [&] { return here.resign(); });
  EXPECT_TRUE(leads(there));
}

TEST_F(LeadershipTest, AloneItLeads) {
  Leadership alone(nullptr, "supervisor", "here", clock);
  EXPECT_TRUE(leads(alone));
  async::run_blocking(loops.at(0), [&] { return alone.resign(); });
}

}  // namespace
}  // namespace layer::workers
