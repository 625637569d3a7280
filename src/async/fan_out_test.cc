#include "async/fan_out.h"

#include <vector>

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"

namespace layer::async {
namespace {

using std::chrono::milliseconds;

TEST(FanOut, RunsEachOnceAndSoManyAtATime) {
  Loops loops(1);
  std::vector<int> ran(100);
  std::size_t running = 0;
  std::size_t running_max = 0;
  run_blocking(loops.at(0), [&]() -> Task<> {
    const auto make = [&](std::size_t i) -> Task<> {
      running_max = std::max(running_max, ++running);
      co_await sleep_for(milliseconds(i % 3));
      ++ran[i];
      --running;
    };
    co_await fan_out(ran.size(), 7, make);
    EXPECT_EQ(running, 0U);
  });
  EXPECT_EQ(ran, std::vector<int>(100, 1));
  EXPECT_EQ(running_max, 7U);
}

TEST(FanOut, EndsAtOnceWithNothingToDo) {
  Loops loops(1);
  run_blocking(loops.at(0), []() -> Task<> {
    const auto make = [](std::size_t) -> Task<> { co_return; };
    co_await fan_out(0, 4, make);
  });
}

TEST(FanOut, CancelsWhatRunsAndStartsNothingMore) {
  Loops loops(1);
  std::size_t started = 0;
  std::size_t cut_short = 0;
  bool ended = false;
  run_blocking(loops.at(0), [&]() -> Task<> {
    TaskGroup callers(loops.at(0));
    const auto caller = [&]() -> Task<> {
      const auto make = [&](std::size_t) -> Task<> {
        ++started;
        cut_short += co_await sleep_for(std::chrono::hours(1)) ? 0 : 1;
      };
      co_await fan_out(10, 3, make);
      ended = true;
    };
    callers.spawn(caller());
    while (started < 3) {
      co_await sleep_for(milliseconds(1));
    }
    callers.cancel();
    co_await callers.join();
  });
  EXPECT_TRUE(ended);
  EXPECT_EQ(started, 3U);
  EXPECT_EQ(cut_short, 3U);
}

}  // namespace
}  // namespace layer::async
