#include "async/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <stdexcept>
#include <thread>
#include <vector>

namespace layer::async {
namespace {

TEST(Crew, RunsEveryPartOnce) {
  Crew crew(3);
  for (std::size_t count : {0U, 1U, 2U, 1000U}) {
    std::vector<std::atomic<int>> runs(count);
    crew.run(count, [&](std::size_t i) { ++runs[i]; });
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(runs[i], 1) << i << " of " << count;
    }
  }
}

TEST(Crew, WorksWithoutHelpers) {
  Crew crew(0);
  std::vector<std::thread::id> threads(4);
  crew.run(threads.size(), [&](std::size_t i) { threads[i] = std::this_thread::get_id(); });
  EXPECT_EQ(threads, std::vector(4, std::this_thread::get_id()));
}

TEST(Crew, RunsPartsAtTheSameTime) {
  Crew crew(2);
  std::barrier all(3);  // passed only when three parts run at once
  crew.run(3, [&](std::size_t) { all.arrive_and_wait(); });
}

TEST(Crew, LetsPartsHavePartsAndManyCallersWait) {
  Crew crew(2);
  std::atomic<int> parts = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        crew.run(3, [&](std::size_t) { crew.run(2, [&](std::size_t) { ++parts; }); });
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(parts, 4 * 50 * 3 * 2);
}

TEST(Crew, HandsAnExceptionToTheCallerAfterTheOtherParts) {
  Crew crew(1);
  std::atomic<int> ended = 0;
  const auto part = [&](std::size_t i) {
    if (i == 1) {
      throw std::runtime_error("broken");
    }
    ++ended;
  };
  EXPECT_THROW(crew.run(5, part), std::runtime_error);
  EXPECT_EQ(ended, 4);
}

}  // namespace
}  // namespace layer::async
