#include "store/embedded/embedded_store.h"

#include <atomic>
#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "http/gzip.h"

namespace layer::store {
namespace {

struct FakeEngine final : engine::Engine {
  std::function<wire::Response(const wire::Request&)> answer;
  wire::Response handle(wire::Request request) override { return answer(request); }
  void stop() override {}
};

struct Fixture : ::testing::Test {
  async::Loops loops{1};
  async::CpuPool pool{{.name = "engine", .threads = 1, .queue_max = 1}};
  core::Logger log{{.level = core::LogLevel::kOff}};
  FakeEngine engine;
  async::CpuPool codec{{.name = "codec"}};
  EmbeddedStore store{{.engine = engine,
                       .engine_pool = pool,
                       .codec_pool = codec,
                       .log = log,
                       .body_bytes_max = 1024}};

  Result<Answer> ask(Call call) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
      co_return co_await store.send(std::move(call));
    });
  }
};

using EmbeddedStoreTest = Fixture;

TEST_F(EmbeddedStoreTest, RunsTheEngineOffTheLoop) {
  std::thread::id worker;
  engine.answer = [&](const wire::Request& request) {
    worker = std::this_thread::get_id();
    wire::Response response;
    response.body = request.path + "|" + request.query;
    return response;
  };
  const auto loop_thread = async::run_blocking(
      loops.at(0), []() -> async::Task<std::thread::id> { co_return std::this_thread::get_id(); });
  EXPECT_EQ(ask({.target = "/v1/namespaces?prefix=a"})->body, "/v1/namespaces|prefix=a");
  EXPECT_NE(worker, loop_thread);
}

TEST_F(EmbeddedStoreTest, AnExceptionIsTheWiresUnknownError) {
  engine.answer = [](const wire::Request&) -> wire::Response { throw std::runtime_error("x"); };
  const auto answer = ask({});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 500);
  EXPECT_NE(answer->body.find("🐡 Unknown error"), std::string::npos);
}

TEST_F(EmbeddedStoreTest, BeyondItsQueueItAnswers429WithADelay) {
  std::latch release(1);
  engine.answer = [&](const wire::Request&) {
    release.wait();
    return wire::Response{};
  };
  async::TaskGroup group(loops.at(0));
  const auto refused = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
    const auto yield = [](async::CpuPool& p, std::size_t running,
                          std::size_t queued) -> async::Task<> {
      while (p.running() != running || p.queued() != queued) {
        co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
      }
    };
    const auto occupy = [](EmbeddedStore& s) -> async::Task<> { co_await s.send({}); };
    group.spawn(occupy(store));
    co_await yield(pool, 1, 0);
    group.spawn(occupy(store));
    co_await yield(pool, 1, 1);
    auto answer = co_await store.send({});
    release.count_down();
    co_await group.join();
    co_return answer;
  });
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 429);
  EXPECT_TRUE(refused->headers.has("retry-after-ms"));
}

TEST_F(EmbeddedStoreTest, NobodyIsHeldBeyondTheDeadlineByACallThatRuns) {
  std::latch release(1);
  std::latch ended(1);
  engine.answer = [&](const wire::Request&) {
    release.wait();
    ended.count_down();
    return wire::Response{};
  };
  const auto late = ask({.deadline = async::SteadyClock::now() + std::chrono::milliseconds(5)});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kGatewayTimeout);
  release.count_down();
  ended.wait();
}

TEST_F(EmbeddedStoreTest, ACallerWhoLeavesIsNotHeldAndWhatHasNotBegunIsNotRun) {
  std::latch release(1);
  std::atomic<int> runs = 0;
  engine.answer = [&](const wire::Request&) {
    ++runs;
    release.wait();
    return wire::Response{};
  };
  std::vector<ErrorCode> codes;
  async::TaskGroup group(loops.at(0));
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto call = [](EmbeddedStore& s, std::vector<ErrorCode>& all) -> async::Task<> {
      const auto answer = co_await s.send({});
      all.push_back(answer ? ErrorCode::kInternal : answer.error().code);
    };
    const auto until = [](async::CpuPool& p, std::size_t running,
                          std::size_t queued) -> async::Task<> {
      while (p.running() != running || p.queued() != queued) {
        co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
      }
    };
    auto& first = group.spawn(call(store, codes));
    co_await until(pool, 1, 0);
    auto& second = group.spawn(call(store, codes));
    co_await until(pool, 1, 1);
    second.emit(async::asio::cancellation_type::terminal);
    first.emit(async::asio::cancellation_type::terminal);
    co_await group.join();
    release.count_down();
    co_await until(pool, 0, 0);
  });
  EXPECT_EQ(codes, (std::vector{ErrorCode::kCancelled, ErrorCode::kCancelled}));
  EXPECT_EQ(runs, 1);
}

TEST_F(EmbeddedStoreTest, UnpacksAndLimitsTheBody) {
  engine.answer = [](const wire::Request& request) {
    wire::Response response;
    response.body = request.body;
    return response;
  };
  EXPECT_EQ(ask({.headers = {{"content-encoding", "gzip"}}, .body = http::gzip("hello")})->body,
            "hello");
  const auto bomb =
      ask({.headers = {{"content-encoding", "gzip"}}, .body = http::gzip(std::string(2000, 'x'))});
  EXPECT_EQ(bomb.error().code, ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(ask({.headers = {{"content-encoding", "br"}}, .body = "x"}).error().code,
            ErrorCode::kUnsupportedMediaType);
}

TEST_F(EmbeddedStoreTest, PacksLargeAnswersForWhoAskedForIt) {
  engine.answer = [](const wire::Request&) {
    wire::Response response;
    response.body = std::string(5000, 'x');
    return response;
  };
  EXPECT_FALSE(ask({})->headers.has("content-encoding"));
  const auto packed = ask({.headers = {{"accept-encoding", "gzip"}}});
  EXPECT_EQ(packed->headers.find("content-encoding"), "gzip");
  EXPECT_EQ(*http::gunzip(packed->body, 10'000), std::string(5000, 'x'));
}

}  // namespace
}  // namespace layer::store
