// A gateway between a caller's socket and a store's: bodies pass as they come, and who leaves takes
// along reads but not writes.
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "gateway/test_gateway.h"
#include "http/test_server.h"
#include "store/turbopuffer/remote_store.h"

namespace layer::gateway {
namespace {

using namespace std::chrono_literals;
using http::testing::TestServer;
using http::testing::TestSocket;
using ::testing::HasSubstr;

constexpr std::size_t kLarge = 24 * core::limits::kMiB;

// A store behind HTTP whose answers are the given function's, and a gateway in front of it.
struct Relay {
  explicit Relay(TestServer::Function function) : upstream(std::move(function)) {
    store::RemoteOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(upstream.port());
    options.tick = 5ms;
    store = std::move(*store::RemoteStore::make(options, loops, metrics));
    gateway.emplace(*store, loops);
  }
  ~Relay() {
    gateway.reset();
    store.reset();
  }

  TestServer upstream;
  async::Loops loops{1};
  core::Metrics metrics;
  std::unique_ptr<store::RemoteStore> store;
  std::optional<TestGateway> gateway;
};

std::string head(const std::string& line, const std::string& headers) {
  return line + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer k\r\n" + headers + "\r\n";
}

void wait_for(const std::atomic<bool>& flag) {
  while (!flag) {
    std::this_thread::yield();
  }
}

// Gives the same piece again and again.
class Repeated final : public http::Body {
 public:
  Repeated(std::string piece, std::size_t times) : piece_(std::move(piece)), left_(times) {}
  async::Task<Result<std::string_view>> next() override {
    co_return left_-- > 0 ? std::string_view(piece_) : std::string_view();
  }

 private:
  std::string piece_;
  std::int64_t left_;
};

TEST(Relay, ALargeRequestBodyArrivesWhole) {
  Relay relay([](http::Request& request) -> async::Task<http::Response> {
    std::size_t count = 0;
    bool right = true;
    while (true) {
      const auto piece = co_await request.body->next();
      if (!piece || piece->empty()) {
        break;
      }
      count += piece->size();
      right = right && piece->find_first_not_of('a') == std::string_view::npos;
    }
    co_return http::testing::text_response(std::to_string(count) + (right ? " right" : " wrong"));
  });
  const auto [answer, body] = relay.gateway->ask("POST /v2/namespaces/n", std::string(kLarge, 'a'));
  EXPECT_EQ(body, std::to_string(kLarge) + " right");
}

TEST(Relay, ALargeAnswerArrivesWhole) {
  Relay relay([](http::Request&) -> async::Task<http::Response> {
    http::Response response;
    response.stream = std::make_unique<Repeated>(std::string(64 * 1024, 'z'), kLarge / (64 * 1024));
    co_return response;
  });
  TestSocket client(relay.gateway->port());
  client.send(head("GET /v1/namespaces/n", "Connection: close\r\n"));
  const std::string all = client.read_to_end();
  EXPECT_THAT(all.substr(0, 1000), HasSubstr("transfer-encoding: chunked\r\n"));
  // No digit of a chunk's size is a z.
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(all.substr(all.find("\r\n\r\n")), 'z')),
            kLarge);
  EXPECT_TRUE(all.ends_with("0\r\n\r\n"));
}

TEST(Relay, TheFirstPieceOfARequestIsNotHeldBackForTheLast) {
  std::atomic<bool> seen{false};
  Relay relay([&](http::Request& request) -> async::Task<http::Response> {
    (void)co_await request.body->next();
    seen = true;
    (void)co_await http::read_all(*request.body, kLarge);
    co_return http::testing::text_response("done");
  });
  TestSocket client(relay.gateway->port());
  client.send(head("POST /v2/namespaces/n", "Content-Length: 2097152\r\n") +
              std::string(1'000'000, 'x'));
  wait_for(seen);
  client.send(std::string(1'097'152, 'x'));
  EXPECT_EQ(client.read_response().second, "done");
}

// Gives one piece, and the second when it is told to.
class TwoPieces final : public http::Body {
 public:
  explicit TwoPieces(const std::atomic<bool>& go) : go_(go) {}
  async::Task<Result<std::string_view>> next() override {
    if (given_ == 1) {
      while (!go_) {
        co_await async::sleep_for(1ms);
      }
    }
    ++given_;
    co_return given_ == 1 ? "first" : given_ == 2 ? "second" : std::string_view();
  }

 private:
  const std::atomic<bool>& go_;
  int given_ = 0;
};

TEST(Relay, TheFirstPieceOfAnAnswerIsNotHeldBackForTheLast) {
  std::atomic<bool> go{false};
  Relay relay([&](http::Request&) -> async::Task<http::Response> {
    http::Response response;
    response.stream = std::make_unique<TwoPieces>(go);
    co_return response;
  });
  TestSocket client(relay.gateway->port());
  client.send(head("GET /v1/namespaces/n", ""));
  EXPECT_THAT(client.read_until("first"), HasSubstr("first"));
  go = true;
  EXPECT_THAT(client.read_until("0\r\n\r\n"), HasSubstr("second"));
}

TEST(Relay, HopByHopHeadersEndAtTheGatewayBothWays) {
  Relay relay([](http::Request& request) -> async::Task<http::Response> {
    http::Response response = http::testing::text_response(
        request.headers.has("x-hop") || request.headers.has("te") ? "leaked" : "clean");
    response.headers.add("x-kept", "1");
    co_return response;
  });
  const auto [answer, body] = relay.gateway->ask(
      "GET /v1/namespaces", "", "Connection: x-hop\r\nX-Hop: 1\r\nTE: trailers\r\n");
  EXPECT_EQ(body, "clean");
  EXPECT_THAT(answer, HasSubstr("x-kept: 1\r\n"));
}

TEST(Relay, AReadWhoseCallerLeavesIsCancelledAtTheStore) {
  std::atomic<bool> begun{false};
  std::atomic<bool> cancelled{false};
  Relay relay([&](http::Request& request) -> async::Task<http::Response> {
    begun = true;
    while (!request.cancelled) {
      (void)co_await async::sleep_for(1ms);
    }
    cancelled = true;
    co_return http::testing::text_response("nobody hears this");
  });
  {
    TestSocket client(relay.gateway->port());
    client.send(head("POST /v2/namespaces/n/query", "Content-Length: 2\r\n") + "{}");
    wait_for(begun);
  }
  wait_for(cancelled);
  while (relay.gateway->gateway.in_flight() > 0) {
    std::this_thread::yield();
  }
}

TEST(Relay, AWriteWhoseCallerLeavesRunsToItsEnd) {
  constexpr int kLooks = 40;  // many times the interval at which the gateway notices
  std::atomic<bool> begun{false};
  std::atomic<bool> left{false};
  std::atomic<bool> cancelled{false};
  Relay relay([&](http::Request& request) -> async::Task<http::Response> {
    begun = true;
    while (!left) {
      (void)co_await async::sleep_for(1ms);
    }
    for (int i = 0; i < kLooks && !request.cancelled; ++i) {
      (void)co_await async::sleep_for(5ms);
    }
    cancelled = request.cancelled;
    co_return http::testing::text_response("written");
  });
  {
    TestSocket client(relay.gateway->port());
    client.send(head("POST /v2/namespaces/n", "Content-Length: 2\r\n") + "{}");
    wait_for(begun);
  }
  left = true;
  // It is counted when it has ended, a moment after it is no longer in flight.
  const auto counted = [&] {
    return relay.gateway->metrics.print().find(R"(layer_requests_total{route="write")") !=
           std::string::npos;
  };
  while (!counted()) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(cancelled);
  EXPECT_THAT(
      relay.gateway->metrics.print(),
      HasSubstr(
          R"(layer_requests_total{route="write",status_class="2xx",served_by="upstream"} 1)"));
}

// Throws at writes, and lets reads wait until they are cancelled.
class BrokenStore final : public store::VectorStore {
 public:
  async::Task<Result<store::Answer>> send(store::Call call) override {
    if (call.kind == store::CallKind::kPlainWrite) {
      if (call.stream != nullptr) {
        (void)co_await http::read_all(*call.stream, core::limits::kMiB);
      }
      throw std::runtime_error("broken");
    }
    begun = true;
    (void)co_await async::sleep_for(1h);
    cancelled = true;
    co_return fail(ErrorCode::kCancelled, "cancelled");
  }
  std::string_view name() const override { return "default"; }
  std::string_view kind() const override { return "turbopuffer"; }
  const store::Capabilities& capabilities() const override { return capabilities_; }
  store::StoreStatus status() const override { return {}; }

  std::atomic<bool> begun{false};
  std::atomic<bool> cancelled{false};

 private:
  store::Capabilities capabilities_;
};

TEST(Relay, AConnectionIsRightAgainAfterAWriteThatThrew) {
  async::Loops loops{1};
  BrokenStore broken;
  const TestGateway gateway(broken, loops);
  {
    TestSocket client(gateway.port());
    client.send(head("POST /v2/namespaces/n", "Content-Length: 2\r\n") + "{}");
    EXPECT_THAT(client.read_response().first, HasSubstr("HTTP/1.1 500 "));
    client.send(head("POST /v2/namespaces/n/query", "Content-Length: 2\r\n") + "{}");
    wait_for(broken.begun);
  }
  wait_for(broken.cancelled);
}

TEST(Relay, AnUnreachableStoreIsABadGateway) {
  Relay relay([](http::Request&) -> async::Task<http::Response> { co_return http::Response{}; });
  store::RemoteOptions options;
  options.url = "http://127.0.0.1:1";
  core::Metrics metrics;
  auto away = std::move(*store::RemoteStore::make(options, relay.loops, metrics));
  {
    const TestGateway gateway(*away, relay.loops);
    const auto [answer, body] = gateway.ask("GET /v1/namespaces");
    EXPECT_THAT(answer, HasSubstr("HTTP/1.1 502 "));
    EXPECT_THAT(body, HasSubstr(R"("error":"upstream_error")"));
    EXPECT_THAT(body, HasSubstr(R"("store":"default")"));
  }
}

TEST(Relay, APassedDeadlineIsAGatewayTimeout) {
  std::atomic<bool> cancelled{false};
  Relay relay([&](http::Request& request) -> async::Task<http::Response> {
    while (!request.cancelled) {
      (void)co_await async::sleep_for(1ms);
    }
    cancelled = true;
    co_return http::Response{};
  });
  const auto [answer, body] =
      relay.gateway->ask("GET /v1/namespaces", "", "x-layer-timeout-ms: 30\r\n");
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 504 "));
  EXPECT_THAT(body, HasSubstr(R"("error":"gateway_timeout")"));
  wait_for(cancelled);
}

}  // namespace
}  // namespace layer::gateway
