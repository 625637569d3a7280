#include "store/embedded/embedded_store.h"

#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"

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
  EmbeddedStore store{engine, pool, log};

  wire::Response ask(std::string path) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<wire::Response> {
      wire::Request request;
      request.path = std::move(path);
      co_return co_await store.handle(std::move(request));
    });
  }
};

using EmbeddedStoreTest = Fixture;

TEST_F(EmbeddedStoreTest, RunsTheEngineOffTheLoop) {
  std::thread::id worker;
  engine.answer = [&](const wire::Request& request) {
    worker = std::this_thread::get_id();
    wire::Response response;
    response.body = request.path;
    return response;
  };
  const auto loop_thread = async::run_blocking(
      loops.at(0), []() -> async::Task<std::thread::id> { co_return std::this_thread::get_id(); });
  EXPECT_EQ(ask("/v1/namespaces").body, "/v1/namespaces");
  EXPECT_NE(worker, loop_thread);
}

TEST_F(EmbeddedStoreTest, AnExceptionIsTheWiresUnknownError) {
  engine.answer = [](const wire::Request&) -> wire::Response { throw std::runtime_error("x"); };
  const auto response = ask("/");
  EXPECT_EQ(response.status, 500);
  EXPECT_NE(response.body.find("🐡 Unknown error"), std::string::npos);
}

TEST_F(EmbeddedStoreTest, BeyondItsQueueItAnswers429WithADelay) {
  std::latch release(1);
  engine.answer = [&](const wire::Request&) {
    release.wait();
    return wire::Response{};
  };
  async::TaskGroup group(loops.at(0));
  const auto refused = async::run_blocking(loops.at(0), [&]() -> async::Task<wire::Response> {
    const auto yield = [](async::CpuPool& p, std::size_t running,
                          std::size_t queued) -> async::Task<> {
      while (p.running() != running || p.queued() != queued) {
        co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
      }
    };
    const auto occupy = [](EmbeddedStore& s) -> async::Task<> { co_await s.handle({}); };
    group.spawn(occupy(store));
    co_await yield(pool, 1, 0);
    group.spawn(occupy(store));
    co_await yield(pool, 1, 1);
    auto response = co_await store.handle({});
    release.count_down();
    co_await group.join();
    co_return response;
  });
  EXPECT_EQ(refused.status, 429);
  ASSERT_EQ(refused.headers.size(), 2U);
  EXPECT_EQ(refused.headers[1].first, "retry-after-ms");
}

}  // namespace
}  // namespace layer::store
