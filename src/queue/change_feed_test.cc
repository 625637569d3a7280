#include "queue/change_feed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "async/loops.h"
#include "core/clock.h"
#include "queue/memory/memory_coordination.h"

namespace layer::queue {
namespace {

constexpr std::chrono::seconds kHang{60};

// A gateway that listens.
class Listener {
 public:
  Listener(Coordination& shared, core::Logger& log, async::Loop& loop)
      : feed_({.shared = shared,
               .log = log,
               .loop = loop,
               .on_change = [this](const Change& change) { hear(change); },
               .look_every = std::chrono::milliseconds(5)}) {
    feed_.start();
  }
  ~Listener() { feed_.stop(); }

  ChangeFeed& feed() { return feed_; }
  bool has_heard(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return heard_.contains(key);
  }

 private:
  void hear(const Change& change) {
    const std::lock_guard lock(mutex_);
    heard_.insert(change.key);
  }

  std::mutex mutex_;
  std::set<std::string> heard_;
  ChangeFeed feed_;
};

class ChangeFeedTest : public ::testing::Test {
 protected:
  // Announces until it is heard: who has not looked yet needs nothing of the past.
  static bool reaches(Listener& from, Listener& to, const std::string& key) {
    const auto give_up = std::chrono::steady_clock::now() + kHang;
    while (!to.has_heard(key) && std::chrono::steady_clock::now() < give_up) {
      from.feed().announce("namespace", key);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return to.has_heard(key);
  }

  core::ManualClock clock;
  core::Logger log{{}};
  async::Loops loops{2};
  MemoryCoordination shared{clock};
};

TEST_F(ChangeFeedTest, what_one_announces_all_hear) {
  Listener one(shared, log, loops.at(0));
  Listener two(shared, log, loops.at(1));
  EXPECT_TRUE(reaches(one, two, "docs"));
  EXPECT_TRUE(reaches(two, one, "films"));
  EXPECT_TRUE(reaches(one, one, "own"));
}

TEST_F(ChangeFeedTest, a_feed_that_stops_hears_nothing_more_and_may_stop_twice) {
  Listener one(shared, log, loops.at(0));
  Listener two(shared, log, loops.at(1));
  EXPECT_TRUE(reaches(one, one, "early"));
  one.feed().stop();
  one.feed().stop();
  EXPECT_TRUE(reaches(two, two, "late"));
  EXPECT_FALSE(one.has_heard("late"));
}

}  // namespace
}  // namespace layer::queue
