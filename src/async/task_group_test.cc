#include "async/task_group.h"

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "async/ticker.h"

namespace layer::async {
namespace {

using namespace std::chrono_literals;

TEST(TaskGroup, JoinWaitsForEveryTask) {
  Loops loops(1);
  TaskGroup group(loops.at(0));
  int done = 0;
  run_blocking(loops.at(0), [&]() -> Task<> {
    for (int i = 0; i < 8; ++i) {
      group.spawn([](int& count) -> Task<> {
        co_await sleep_for(1ms);
        ++count;
      }(done));
    }
    co_await group.join();
  });
  EXPECT_EQ(done, 8);
  EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, CancelWakesWhatTheTasksAwait) {
  Loops loops(1);
  TaskGroup group(loops.at(0));
  bool slept_out = true;
  run_blocking(loops.at(0), [&]() -> Task<> {
    group.spawn([](bool& out) -> Task<> { out = co_await sleep_for(1h); }(slept_out));
    co_await asio::post(co_await asio::this_coro::executor, kToken);
    group.cancel();
    co_await group.join();
  });
  EXPECT_FALSE(slept_out);
}

TEST(Deadline, ATaskThatIsInTimeKeepsItsResultAndALateOneIsATimeout) {
  Loops loops(1);
  const auto both = run_blocking(loops.at(0), []() -> Task<std::pair<int, ErrorCode>> {
    const auto work = [](Duration time) -> Task<Result<int>> {
      co_await sleep_for(time);
      co_return 7;
    };
    const auto in_time = co_await with_deadline(SteadyClock::now() + 1h, work(0ms));
    const auto late = co_await with_deadline(SteadyClock::now() + 1ms, work(1h));
    co_return std::pair{in_time.value_or(0), late ? ErrorCode::kInternal : late.error().code};
  });
  EXPECT_EQ(both.first, 7);
  EXPECT_EQ(both.second, ErrorCode::kTimeout);
}

TEST(Ticker, LooksAtWhatIsWatchedAndOnlyThen) {
  struct Counter : Ticker::Watched {
    int ticks = 0;
    void on_tick(TimePoint) override { ++ticks; }
  };
  Loops loops(1);
  const int seen = run_blocking(loops.at(0), [&]() -> Task<int> {
    Ticker ticker(loops.at(0), 1ms);
    Counter counter;
    {
      const Ticker::Registration registration(ticker, counter);
      while (counter.ticks < 3) {
        co_await sleep_for(1ms);
      }
    }
    const int at_removal = counter.ticks;
    co_await sleep_for(10ms);
    co_return counter.ticks - at_removal;
  });
  EXPECT_EQ(seen, 0);
}

}  // namespace
}  // namespace layer::async
