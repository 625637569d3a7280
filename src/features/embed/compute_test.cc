#include "features/embed/compute.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "features/embed/test_model.h"

namespace layer::features::embed {
namespace {

using namespace std::chrono_literals;

VectorPtr vector(std::size_t size) {
  return std::make_shared<const std::vector<float>>(size, 1.0F);
}

TEST(VectorCacheTest, StaysWithinItsBytesAndDropsTheLeastUsed) {
  core::ManualClock clock;
  const std::size_t entry = 1 + 10 * sizeof(float) + VectorCache::kEntryBytes;
  VectorCache cache(clock, {.ttl = 60s, .bytes_max = 2 * entry});
  cache.put("a", vector(10));
  cache.put("b", vector(10));
  EXPECT_NE(cache.find("a"), nullptr);  // used: b is the older one now
  cache.put("c", vector(10));
  EXPECT_EQ(cache.bytes(), 2 * entry);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("c"), nullptr);
  cache.put("d", vector(10'000));  // larger than everything
  EXPECT_EQ(cache.find("d"), nullptr);
  EXPECT_EQ(cache.bytes(), 2 * entry);
}

TEST(VectorCacheTest, GivesNothingOutThatIsTooOldAndSweepsIt) {
  core::ManualClock clock;
  VectorCache cache(clock, {.ttl = 60s, .bytes_max = 1 << 20});
  cache.put("a", vector(10));
  cache.put("b", vector(10));
  clock.advance(59s);
  EXPECT_NE(cache.find("a"), nullptr);
  clock.advance(1s);
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_GT(cache.bytes(), 0U);
  cache.put("c", vector(10));
  EXPECT_EQ(cache.bytes(), 1 + 10 * sizeof(float) + VectorCache::kEntryBytes);
}

class ComputeTest : public ::testing::Test {
 protected:
  Result<Computed> run(std::vector<std::string> texts, std::string instruction = "") {
    return async::run_blocking(loops.at(0), [&] {
      return compute.run({.model = &model,
                          .dims = 2,
                          .instruction = instruction,
                          .texts = texts,
                          .ns = "n",
                          .store_kind = "embedded"},
                         async::SteadyClock::now() + 30s);
    });
  }
  core::ManualClock clock;
  core::Metrics metrics;
  VectorCache cache{clock, {}};
  Compute compute{cache, metrics, clock};
  TestModel model;
  async::Loops loops{1};
};

TEST_F(ComputeTest, EqualTextsAreComputedOnce) {
  const auto first = run({"a", "bb", "a"});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(model.texts, (std::vector<std::string>{"a", "bb"}));
  EXPECT_EQ(*first->vectors.at(2), *first->vectors.at(0));
  EXPECT_EQ(first->tokens, 2U);
  const auto second = run({"bb"});
  EXPECT_EQ(model.calls, 1);
  EXPECT_EQ(second->tokens, 0U);
  EXPECT_EQ(*second->vectors.at(0), *first->vectors.at(1));
}

TEST_F(ComputeTest, AnotherInstructionIsAnotherVector) {
  run({"a"});
  run({"a"}, "query: ");
  EXPECT_EQ(model.texts, (std::vector<std::string>{"a", "query: a"}));
}

TEST_F(ComputeTest, ThoseWhoComeAtTheSameTimeShareOneComputation) {
  model.pause = 20ms;
  int done = 0;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto executor = co_await async::asio::this_coro::executor;
    async::TaskGroup group(async::asio::query(executor, async::asio::execution::context));
    const auto work = [&]() -> async::Task<> {
      const auto out = co_await compute.run({.model = &model, .dims = 2, .texts = {"a"}},
                                            async::SteadyClock::now() + 30s);
      done += out && !out->vectors.at(0)->empty() ? 1 : 0;
    };
    for (int i = 0; i < 8; ++i) {
      group.spawn(work());
    }
    co_await group.join();
  });
  EXPECT_EQ(done, 8);
  EXPECT_EQ(model.calls, 1);
}

TEST_F(ComputeTest, AFailureIsKeptForNobody) {
  model.failure = Error{.code = ErrorCode::kServiceUnavailable, .message = "down"};
  EXPECT_EQ(run({"a"}).error().code, ErrorCode::kServiceUnavailable);
  model.failure.reset();
  EXPECT_TRUE(run({"a"}).has_value());
  EXPECT_NE(metrics.print().find(
                R"(layer_embed_requests_total{model="p/m",serving="local",status="ok"} 1)"),
            std::string::npos);
}

}  // namespace
}  // namespace layer::features::embed
