// What the tests of the remote store share: a clock whose sleeps take no time, and a store that
// calls a server of the test.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/run.h"
#include "async/task_group.h"
#include "http/test_peer.h"
#include "http/test_server.h"
#include "store/turbopuffer/remote_store.h"

namespace layer::store::testing {

using http::testing::TestPeer;
using http::testing::TestServer;
using http::testing::TestSocket;

// Runs with the machine's clock, moved on by what was slept.
class QuickClock final : public RemoteClock {
 public:
  TimePoint steady() const override {
    return async::SteadyClock::now() + async::Duration(offset_.load());
  }
  double random() override { return 0.5; }
  async::Task<bool> sleep(async::Duration duration) override {
    slept.push_back(duration);
    advance(duration);
    co_return true;
  }
  void advance(async::Duration by) { offset_ += by.count(); }

  std::vector<async::Duration> slept;

 private:
  std::atomic<async::Duration::rep> offset_{0};
};

class RemoteTest : public ::testing::Test {
 protected:
  RemoteOptions options_for(std::uint16_t port) {
    RemoteOptions options;
    options.name = "east";
    options.url = "http://127.0.0.1:" + std::to_string(port);
    options.tick = std::chrono::milliseconds(2);
    return options;
  }
  std::unique_ptr<RemoteStore> make(RemoteOptions options) {
    return std::move(*RemoteStore::make(std::move(options), loops, metrics, &clock));
  }
  std::unique_ptr<RemoteStore> store_at(std::uint16_t port) { return make(options_for(port)); }

  // The answer with its body read into Answer.body.
  static async::Task<Result<Answer>> ask_on_loop(RemoteStore& store, Call call) {
    auto answer = co_await store.send(std::move(call));
    if (answer && answer->stream) {
      LAYER_CO_ASSIGN(answer->body, co_await http::read_all(*answer->stream, 1U << 30U));
      answer->stream.reset();
    }
    co_return answer;
  }
  Result<Answer> ask(RemoteStore& store, Call call = {}) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
      co_return co_await ask_on_loop(store, std::move(call));
    });
  }
  static Call gateway_read() { return {.kind = CallKind::kGatewayRead}; }
  static Call write(std::string body = "{}") {
    return {.method = "POST", .body = std::move(body), .kind = CallKind::kPlainWrite};
  }

  async::Loops loops{1};
  core::Metrics metrics;
  QuickClock clock;
};

// The value of an error's field; "" when it has none.
inline std::string field(const Error& error, std::string_view name) {
  for (const auto& field : error.fields) {
    if (field.name == name) {
      return field.value;
    }
  }
  return {};
}

inline std::string ok_answer(std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

inline std::string status_answer(int status, std::string_view headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Status\r\ncontent-length: 0\r\n" +
         std::string(headers) + "\r\n";
}

}  // namespace layer::store::testing
