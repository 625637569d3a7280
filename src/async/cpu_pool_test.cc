#include "async/cpu_pool.h"

#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"

namespace layer::async {
namespace {

TEST(CpuPool, RunsOnItsOwnThreadAndResumesOnTheCallersLoop) {
  Loops loops(1);
  CpuPool pool({.name = "test", .threads = 2, .queue_max = 8});
  const auto outcome = run_blocking(loops.at(0), [&]() -> Task<bool> {
    const auto before = std::this_thread::get_id();
    const auto worker = co_await pool.run([] { return std::this_thread::get_id(); });
    co_return worker.has_value() && *worker != before&& std::this_thread::get_id() == before;
  });
  EXPECT_TRUE(outcome);
}

TEST(CpuPool, RethrowsWhatTheWorkThrew) {
  Loops loops(1);
  CpuPool pool({.name = "test"});
  EXPECT_THROW(run_blocking(loops.at(0),
                            [&]() -> Task<> {
                              co_await pool.run([] { throw std::runtime_error("broken"); });
                            }),
               std::runtime_error);
}

TEST(CpuPool, RefusesWorkBeyondItsQueueAndAfterStop) {
  Loops loops(1);
  CpuPool pool({.name = "test", .threads = 1, .queue_max = 1});
  std::latch begun(1);
  std::promise<void> release;
  auto released = release.get_future().share();
  TaskGroup group(loops.at(0));
  const auto code = run_blocking(loops.at(0), [&]() -> Task<ErrorCode> {
    group.spawn([](CpuPool& p, std::latch& b, std::shared_future<void> r) -> Task<> {
      (void)co_await p.run([&] {
        b.count_down();
        r.wait();
      });
    }(pool, begun, released));
    while (!begun.try_wait()) {
      co_await asio::post(co_await asio::this_coro::executor, kToken);
    }
    group.spawn([](CpuPool& p) -> Task<> { (void)co_await p.run([] {}); }(pool));
    while (pool.queued() == 0) {
      co_await asio::post(co_await asio::this_coro::executor, kToken);
    }
    const auto refused = co_await pool.run([] { return 1; });
    release.set_value();
    co_await group.join();
    co_return refused ? ErrorCode::kInternal : refused.error().code;
  });
  EXPECT_EQ(code, ErrorCode::kTooManyRequests);
  pool.stop();
  const auto after = run_blocking(loops.at(0), [&]() -> Task<ErrorCode> {
    const auto refused = co_await pool.run([] { return 1; });
    co_return refused ? ErrorCode::kInternal : refused.error().code;
  });
  EXPECT_EQ(after, ErrorCode::kUnavailable);
}

TEST(CpuPool, ACancelledCallerGivesUpItsPlaceInTheQueue) {
  Loops loops(1);
  CpuPool pool({.name = "test", .threads = 1, .queue_max = 4});
  std::latch begun(1);
  std::promise<void> release;
  auto released = release.get_future().share();
  bool ran = false;
  ErrorCode code = ErrorCode::kInternal;
  TaskGroup group(loops.at(0));
  run_blocking(loops.at(0), [&]() -> Task<> {
    group.spawn([](CpuPool& p, std::latch& b, std::shared_future<void> r) -> Task<> {
      (void)co_await p.run([&] {
        b.count_down();
        r.wait();
      });
    }(pool, begun, released));
    while (!begun.try_wait()) {
      co_await asio::post(co_await asio::this_coro::executor, kToken);
    }
    auto& signal = group.spawn([](CpuPool& p, bool& flag, ErrorCode& out) -> Task<> {
      const auto result = co_await p.run([&] { flag = true; });
      out = result ? ErrorCode::kInternal : result.error().code;
    }(pool, ran, code));
    while (pool.queued() == 0) {
      co_await asio::post(co_await asio::this_coro::executor, kToken);
    }
    signal.emit(asio::cancellation_type::terminal);
    while (group.size() > 1) {
      co_await asio::post(co_await asio::this_coro::executor, kToken);
    }
    release.set_value();
    co_await group.join();
  });
  EXPECT_EQ(code, ErrorCode::kCancelled);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace layer::async
