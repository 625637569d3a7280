#include "async/background_loop.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"

namespace layer::async {
namespace {

using namespace std::chrono_literals;

class BackgroundLoopTest : public ::testing::Test {
 protected:
  ~BackgroundLoopTest() override { std::filesystem::remove(log_file_); }

  struct Times {
    Duration every;
    Duration first{};
    Duration turn_max = 1h;
  };
  std::unique_ptr<BackgroundLoop> make(Times times, BackgroundLoop::Turn turn) {
    return std::make_unique<BackgroundLoop>(loops_.at(0), log_, metrics_,
                                            BackgroundLoop::Options{.name = "sweep",
                                                                    .fails = "sweeps fail",
                                                                    .works = "sweeps work",
                                                                    .every = times.every,
                                                                    .first = times.first,
                                                                    .turn_max = times.turn_max},
                                            std::move(turn));
  }
  std::size_t logged(std::string_view what) {
    log_.flush();
    std::stringstream text;
    text << std::ifstream(log_file_).rdbuf();
    std::size_t found = 0;
    for (auto at = text.str().find(what); at != std::string::npos;
         at = text.str().find(what, at + 1)) {
      ++found;
    }
    return found;
  }
  bool had_a_good_turn() const {
    return metrics_.print().find(R"(layer_loop_last_success_seconds{loop="sweep"} 0)") ==
           std::string::npos;
  }

  const std::filesystem::path log_file_ =
      std::filesystem::temp_directory_path() / ("background-loop-" + std::to_string(::getpid()));
  Loops loops_{1};
  core::Logger log_{{.file = log_file_}};
  core::Metrics metrics_;
};

TEST_F(BackgroundLoopTest, TurnsAtOnceAndAgain) {
  std::promise<void> thrice;
  int turns = 0;
  auto loop = make({.every = 1ms}, [&]() -> Task<Result<void>> {
    if (++turns == 3) {
      thrice.set_value();
    }
    co_return Result<void>{};
  });
  EXPECT_FALSE(had_a_good_turn());
  loop->start();
  thrice.get_future().wait();
  loop->stop();
  EXPECT_TRUE(had_a_good_turn());
  const int seen = turns;
  loop->stop();
  EXPECT_EQ(turns, seen);
}

TEST_F(BackgroundLoopTest, WaitsBeforeTheFirstTurnUntilItIsWoken) {
  std::promise<void> turned;
  int turns = 0;
  auto loop = make({.every = 1h, .first = 1h}, [&]() -> Task<Result<void>> {
    ++turns;
    turned.set_value();
    co_return Result<void>{};
  });
  loop->start();
  run_blocking(loops_.at(0), [&]() -> Task<> {
    EXPECT_EQ(turns, 0);
    loop->wake();
    co_return;
  });
  turned.get_future().wait();
  loop->stop();
  EXPECT_EQ(turns, 1);
}

TEST_F(BackgroundLoopTest, TellsOnceThatItFailsAndOnceThatItWorksAgain) {
  std::promise<void> over;
  int turns = 0;
  auto loop = make({.every = 1ms}, [&]() -> Task<Result<void>> {
    if (++turns == 8) {
      over.set_value();
    }
    if (turns <= 3) {
      co_return fail(ErrorCode::kUnavailable, "no database");
    }
    co_return Result<void>{};
  });
  loop->start();
  over.get_future().wait();
  loop->stop();
  EXPECT_EQ(logged("sweeps fail"), 1U);
  EXPECT_EQ(logged("no database"), 1U);
  EXPECT_EQ(logged("sweeps work"), 1U);
}

TEST_F(BackgroundLoopTest, ATurnThatHangsIsGivenUpAtItsDeadline) {
  std::promise<void> second;
  int turns = 0;
  auto loop = make({.every = 1ms, .turn_max = 5ms}, [&]() -> Task<Result<void>> {
    if (++turns == 2) {
      second.set_value();
    }
    const bool slept = co_await sleep_for(1h);
    co_return slept ? Result<void>{} : fail(ErrorCode::kCancelled, "cancelled");
  });
  loop->start();
  second.get_future().wait();
  loop->stop();
  EXPECT_EQ(logged("sweeps fail"), 1U);
  EXPECT_FALSE(had_a_good_turn());
}

TEST_F(BackgroundLoopTest, StopsInTheMiddleOfATurnWithoutAWord) {
  std::promise<void> began;
  auto loop = make({.every = 1ms}, [&]() -> Task<Result<void>> {
    began.set_value();
    const bool slept = co_await sleep_for(1h);
    co_return slept ? Result<void>{} : fail(ErrorCode::kCancelled, "cancelled");
  });
  loop->start();
  began.get_future().wait();
  loop->stop();
  EXPECT_EQ(logged("sweeps fail"), 0U);
}

TEST_F(BackgroundLoopTest, MayStopWithoutHavingBegun) {
  auto loop = make({.every = 1ms}, []() -> Task<Result<void>> { co_return Result<void>{}; });
  loop->stop();
  loop->start();
  run_blocking(loops_.at(0), []() -> Task<> { co_return; });
  EXPECT_FALSE(had_a_good_turn());
}

}  // namespace
}  // namespace layer::async
