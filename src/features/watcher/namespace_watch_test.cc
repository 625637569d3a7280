#include "features/watcher/namespace_watch.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace layer::features::watcher {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMargin = 500;

TEST(NamespaceWatch, KnowsNothingAtFirst) {
  const NamespaceWatch watch;
  EXPECT_FALSE(watch.stability().stable);
  EXPECT_EQ(watch.stability().stable_as_of_ms, std::nullopt);
}

TEST(NamespaceWatch, StandsAMarginBehindAPollThatFoundTheIndexUpToDate) {
  NamespaceWatch watch;
  watch.end_poll(watch.begin_poll(kNow, kNow), IndexState::kStable, kMargin);
  EXPECT_TRUE(watch.stability().stable);
  EXPECT_EQ(watch.stability().stable_as_of_ms, kNow - kMargin);
}

TEST(NamespaceWatch, StaysBelowAWriteUnderWay) {
  NamespaceWatch watch;
  watch.begin_write(kNow - 2000);
  watch.end_poll(watch.begin_poll(kNow, kNow), IndexState::kStable, kMargin);
  EXPECT_EQ(watch.stability().stable_as_of_ms, kNow - 2001);
}

TEST(NamespaceWatch, StaysBelowAWriteThatEndedDuringThePoll) {
  NamespaceWatch watch;
  const auto write = watch.begin_write(kNow - 2000);
  const auto poll = watch.begin_poll(kNow, kNow);
  watch.end_write(write, true, kNow);
  watch.end_poll(poll, IndexState::kStable, kMargin);
  EXPECT_EQ(watch.stability().stable_as_of_ms, kNow - 2001);
  EXPECT_FALSE(watch.stability().stable) << "the poll may not have seen the write";
}

TEST(NamespaceWatch, AnAcknowledgedWriteMakesItUpdatingAtOnce) {
  NamespaceWatch watch;
  watch.end_poll(watch.begin_poll(kNow, kNow), IndexState::kStable, kMargin);
  watch.end_write(watch.begin_write(kNow), true, kNow);
  EXPECT_FALSE(watch.stability().stable);
  watch.end_poll(watch.begin_poll(kNow + 10, kNow + 10), IndexState::kStable, kMargin);
  EXPECT_TRUE(watch.stability().stable);
  EXPECT_FALSE(watch.settled()) << "the watermark has not reached the write";
  watch.end_poll(watch.begin_poll(kNow + 510, kNow + 510), IndexState::kStable, kMargin);
  EXPECT_TRUE(watch.settled());
}

TEST(NamespaceWatch, ARefusedWriteChangesNothing) {
  NamespaceWatch watch;
  watch.end_poll(watch.begin_poll(kNow, kNow), IndexState::kStable, kMargin);
  watch.end_write(watch.begin_write(kNow), false, kNow);
  EXPECT_TRUE(watch.stability().stable);
}

TEST(NamespaceWatch, ForgetsWithTheNamespaceAndOnlyThen) {
  NamespaceWatch watch;
  watch.end_poll(watch.begin_poll(kNow, kNow), IndexState::kStable, kMargin);
  watch.end_poll(watch.begin_poll(kNow - 9000, kNow), IndexState::kStable, kMargin);
  watch.doubt();
  EXPECT_EQ(watch.stability().stable_as_of_ms, kNow - kMargin);
  watch.forget();
  EXPECT_EQ(watch.stability().stable_as_of_ms, std::nullopt);
}

class ForeignWrite : public ::testing::Test {
 protected:
  // A poll at `wall` that finds the store written at `store_written`.
  bool polled(std::int64_t wall, std::int64_t store_written) {
    const auto poll = watch.begin_poll(wall, wall);
    return watch.saw_foreign_write(poll, store_written);
  }
  NamespaceWatch watch;
};

TEST_F(ForeignWrite, IsOneThatThisGatewayDidNotMake) {
  EXPECT_FALSE(polled(kNow, kNow - 90'000)) << "what was before is not judged";
  EXPECT_FALSE(polled(kNow + 1'000, kNow - 90'000));
  EXPECT_TRUE(polled(kNow + 2'000, kNow + 1'500));
  EXPECT_FALSE(polled(kNow + 3'000, kNow + 1'500)) << "it is told once";
}

TEST_F(ForeignWrite, IsNotThisGatewaysOwnThoughTheStoresClockIsAhead) {
  polled(kNow, kNow - 90'000);
  watch.end_write(watch.begin_write(kNow), true, kNow);
  EXPECT_FALSE(polled(kNow + 100, kNow + 4'900));
  EXPECT_TRUE(polled(kNow + 9'000, kNow + 8'000));
}

TEST_F(ForeignWrite, IsNotJudgedWhileThisGatewayWrites) {
  polled(kNow, kNow - 90'000);
  const auto write = watch.begin_write(kNow + 60'000);
  EXPECT_FALSE(polled(kNow + 61'000, kNow + 60'500));
  const auto poll = watch.begin_poll(kNow + 62'000, kNow + 62'000);
  watch.end_write(write, false, kNow + 62'500);
  EXPECT_FALSE(watch.saw_foreign_write(poll, kNow + 62'100)) << "one was under way";
}

// Random writes, polls and indexing in virtual time, against the promise itself.
class Promise : public ::testing::Test {
 protected:
  struct Write {
    std::int64_t stamp = 0;
    std::uint64_t ticket = 0;
    bool acknowledged = false;
    bool indexed = false;
  };

  void check() {
    const auto mark = watch.stability().stable_as_of_ms;
    if (mark) {
      ASSERT_GE(*mark, last_mark) << "the watermark went back";
      last_mark = *mark;
    }
    for (const Write& write : writes) {
      const bool visible = write.acknowledged && write.indexed;
      ASSERT_TRUE(visible || !mark || write.stamp > *mark) << "the mark passed " << write.stamp;
      ASSERT_TRUE(visible || !write.acknowledged || !watch.stability().stable)
          << "stable before " << write.stamp << " was indexed";
    }
  }
  bool index_is_up_to_date() const {
    for (const Write& write : writes) {
      if (write.acknowledged && !write.indexed) {
        return false;
      }
    }
    return true;
  }
  Write* pick(bool acknowledged) {
    std::vector<Write*> some;
    for (Write& write : writes) {
      if (write.acknowledged == acknowledged && !write.indexed) {
        some.push_back(&write);
      }
    }
    return some.empty() ? nullptr : some[random() % some.size()];
  }

  unsigned seed = std::random_device{}();
  std::mt19937 random{seed};
  NamespaceWatch watch;
  std::vector<Write> writes;
  std::int64_t last_mark = 0;
};

TEST_F(Promise, AWatermarkIsNeverAboveAWriteThatIsNotAcknowledgedOrNotIndexed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::int64_t wall = kNow;
  std::int64_t clock = kNow;  // of stamps
  std::optional<NamespaceWatch::Poll> poll;
  IndexState answer = IndexState::kUnknown;
  bool answered = false;
  for (int step = 0; step < 5'000; ++step) {
    wall += static_cast<std::int64_t>(random() % 400) - 20;  // may step back
    clock = std::max(clock, wall);
    switch (random() % 6) {
      case 0:
        writes.push_back({.stamp = clock + 1, .ticket = watch.begin_write(clock)});
        ++clock;
        break;
      case 1:
        if (Write* const write = pick(false)) {
          write->acknowledged = true;
          watch.end_write(write->ticket, true, clock);
        }
        break;
      case 2:
        if (Write* const write = pick(true)) {
          write->indexed = true;
        }
        break;
      case 3:
        if (!poll) {
          poll = watch.begin_poll(wall, clock);
          answered = false;
        }
        break;
      case 4:  // the store looks at its index some time between
        if (poll && !answered) {
          answer = index_is_up_to_date() ? IndexState::kStable : IndexState::kUpdating;
          answered = true;
        }
        break;
      default:
        if (poll && answered) {
          watch.end_poll(*poll, answer, kMargin);
          poll.reset();
        }
    }
    check();
    if (HasFatalFailure()) {
      return;
    }
    std::erase_if(writes, [](const Write& write) { return write.indexed; });
  }
}

}  // namespace
}  // namespace layer::features::watcher
