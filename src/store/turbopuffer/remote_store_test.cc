#include "store/turbopuffer/remote_store.h"

#include <gtest/gtest.h>

#include "async/run.h"
#include "http/test_server.h"

namespace layer::store {
namespace {

using http::testing::TestServer;

struct RemoteStoreTest : ::testing::Test {
  async::Loops loops{1};
  core::Metrics metrics;

  std::unique_ptr<RemoteStore> store_at(std::uint16_t port) {
    RemoteOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(port) + "/base";
    options.credential = "secret";
    options.tick = std::chrono::milliseconds(5);
    return std::move(*RemoteStore::make(std::move(options), loops, metrics));
  }
  Result<Answer> ask(RemoteStore& store, Call call) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
      auto answer = co_await store.send(std::move(call));
      if (answer && answer->stream) {
        LAYER_CO_ASSIGN(answer->body, co_await http::read_all(*answer->stream, 1U << 30U));
        answer->stream.reset();
      }
      co_return answer;
    });
  }
};

TEST_F(RemoteStoreTest, TheRawTargetGoesBehindTheBasePath) {
  TestServer server(http::testing::echo);
  const auto store = store_at(server.port());
  const auto answer =
      ask(*store, {.method = "POST", .target = "/v2/namespaces/a%2Fb?x=%20", .body = "{}"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "POST /base/v2/namespaces/a%2Fb?x=%20 {}");
}

}  // namespace
}  // namespace layer::store
