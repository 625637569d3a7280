// What is sent again, and when a store is left alone.
#include "store/turbopuffer/test_remote.h"

namespace layer::store {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct RemoteRetryTest : RemoteTest {
  // A server that answers its requests, whatever connection they come on, with these in turn, the
  // last one again and again.
  struct Answers {
    explicit Answers(std::vector<std::string> all)
        : answers(std::move(all)), peer([this](TestSocket& socket, int) {
            while (!socket.read_message().first.empty()) {
              const std::size_t at = std::min<std::size_t>(requests++, answers.size() - 1);
              socket.send(answers[at]);
            }
          }) {}
    const std::vector<std::string> answers;
    std::atomic<std::size_t> requests{0};
    TestPeer peer;
  };
  std::uint64_t retries(std::string_view reason) {
    const std::string text = metrics.print();
    const std::string line =
        "layer_upstream_retries_total{store=\"east\",reason=\"" + std::string(reason) + "\"} ";
    const std::size_t at = text.find(line);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size()));
  }
};

TEST_F(RemoteRetryTest, AReadOfTheGatewayWaitsAsLongAsTheStoreAsks) {
  Answers server({status_answer(429, "retry-after-ms: 120\r\n"),
                  status_answer(503, "retry-after: 2\r\n"), ok_answer("done")});
  const auto store = store_at(server.peer.port());
  EXPECT_EQ(ask(*store, gateway_read())->body, "done");
  EXPECT_EQ(clock.slept, (std::vector<async::Duration>{120ms, 2s}));
  EXPECT_EQ(retries("429"), 1U);
  EXPECT_EQ(retries("503"), 1U);
}

TEST_F(RemoteRetryTest, WithoutADelayItBacksOff) {
  Answers server({status_answer(429), status_answer(504), ok_answer("done")});
  const auto store = store_at(server.peer.port());
  EXPECT_EQ(ask(*store, gateway_read())->body, "done");
  EXPECT_EQ(clock.slept, (std::vector<async::Duration>{100ms, 400ms}));
}

TEST_F(RemoteRetryTest, AtMostTwiceThenTheAnswerIsGiven) {
  Answers server({status_answer(502)});
  const auto store = store_at(server.peer.port());
  EXPECT_EQ(ask(*store, gateway_read())->status, 502);
  EXPECT_EQ(server.requests, 3U);
}

TEST_F(RemoteRetryTest, ADelayBeyondTheDeadlineEndsIt) {
  Answers server({status_answer(429, "retry-after: 100\r\n")});
  const auto store = store_at(server.peer.port());
  Call call = gateway_read();
  call.deadline = async::SteadyClock::now() + 50s;
  const auto answer = ask(*store, call);
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->headers.find("retry-after"), "100");
  EXPECT_TRUE(clock.slept.empty());
}

TEST_F(RemoteRetryTest, PlainCallsGetTheStoresAnswerAsItIs) {
  Answers server({status_answer(503), status_answer(429)});
  const auto store = store_at(server.peer.port());
  EXPECT_EQ(ask(*store)->status, 503);
  EXPECT_EQ(ask(*store, write())->status, 429);
  EXPECT_TRUE(clock.slept.empty());
}

TEST_F(RemoteRetryTest, ALostConnectionIsRepeatedForTheGatewaysReadsOnly) {
  const auto connections = [&](Call call, RetryPlain rule) {
    TestPeer peer([](TestSocket& socket, int index) {
      socket.read_message();
      if (index > 0) {
        socket.send(ok_answer("done"));
      }
    });
    auto options = options_for(peer.port());
    options.retry_plain = rule;
    const auto store = make(std::move(options));
    (void)ask(*store, std::move(call));
    return peer.connections();
  };
  EXPECT_EQ(connections(gateway_read(), RetryPlain::kOff), 2);
  EXPECT_EQ(connections({}, RetryPlain::kConnect), 1);
  EXPECT_EQ(connections({}, RetryPlain::kAll), 2);
  EXPECT_EQ(connections(write(), RetryPlain::kAll), 1);
}

TEST_F(RemoteRetryTest, ARefusedConnectionIsTriedAgainUnlessSwitchedOff) {
  for (const auto& [rule, tries] : {std::pair{RetryPlain::kConnect, 2}, {RetryPlain::kOff, 0}}) {
    auto options = options_for(1);
    options.retry_plain = rule;
    const auto store = make(std::move(options));
    clock.slept.clear();
    EXPECT_EQ(ask(*store).error().code, ErrorCode::kUpstream);
    EXPECT_EQ(clock.slept.size(), static_cast<std::size_t>(tries));
    EXPECT_EQ(ask(*store, write()).error().code, ErrorCode::kUpstream);
    EXPECT_EQ(clock.slept.size(), static_cast<std::size_t>(tries));
  }
}

TEST_F(RemoteRetryTest, AConnectionClosedWhileIdleIsNotUsed) {
  for (Call call : {Call{}, write()}) {
    std::atomic<bool> closed = false;
    TestPeer peer([&](TestSocket& socket, int index) {
      socket.read_message();
      socket.send(ok_answer("done"));
      if (index == 0) {
        socket.close();
        closed = true;
        return;
      }
      socket.read_to_end();
    });
    const auto store = store_at(peer.port());
    EXPECT_EQ(ask(*store)->body, "done");
    while (!closed) {
      std::this_thread::yield();
    }
    EXPECT_EQ(ask(*store, call)->body, "done");
    EXPECT_EQ(peer.connections(), 2);
  }
}

TEST_F(RemoteRetryTest, AConnectionClosedUnderTheRequestIsFollowedByAFreshOneForReads) {
  // The store closes at the moment the second request arrives: too late to see it beforehand.
  const auto second_call = [&](Call call, RetryPlain rule) {
    TestPeer peer([](TestSocket& socket, int index) {
      socket.read_message();
      socket.send(ok_answer("done"));
      socket.read_bytes(1);
      if (index > 0) {
        socket.read_to_end();
      }
    });
    auto options = options_for(peer.port());
    options.retry_plain = rule;
    const auto store = make(std::move(options));
    EXPECT_EQ(ask(*store)->body, "done");
    return ask(*store, std::move(call));
  };
  EXPECT_EQ(second_call({.method = "POST", .body = "query"}, RetryPlain::kConnect)->body, "done");
  EXPECT_EQ(retries("idle_closed"), 1U);
  EXPECT_EQ(second_call(gateway_read(), RetryPlain::kOff)->body, "done");
  EXPECT_FALSE(second_call({}, RetryPlain::kOff).has_value());
  const auto written = second_call(write(), RetryPlain::kConnect);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(field(written.error(), "outcome"), "unknown");
}

TEST_F(RemoteRetryTest, AStreamedReadIsRepeatedWhileItsFirstPieceIsAllThatWasRead) {
  Answers server({status_answer(503), ok_answer("done")});
  const auto store = store_at(server.peer.port());
  http::StringBody body("query");
  Call call = gateway_read();
  call.method = "POST";
  call.stream = &body;
  EXPECT_EQ(ask(*store, call)->body, "done");
  EXPECT_EQ(server.requests, 2U);
}

TEST_F(RemoteRetryTest, TheBudgetOfRepeatsIsTenOrATenthOfTheCalls) {
  Answers server({status_answer(429)});
  auto options = options_for(server.peer.port());
  const auto store = make(std::move(options));
  std::size_t calls = 0;
  for (; calls < 40; ++calls) {
    EXPECT_EQ(ask(*store, gateway_read())->status, 429);
    clock.slept.clear();
  }
  EXPECT_LT(server.requests, 40U + 3U * 10U);
  EXPECT_GE(server.requests, 50U);
}

TEST_F(RemoteRetryTest, TheBreakerOpensAndOneProbeClosesIt) {
  std::vector<std::string> answers(21, status_answer(500));
  answers.push_back(ok_answer("well again"));
  Answers server(answers);
  const auto store = store_at(server.peer.port());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask(*store)->status, 500);
  }
  EXPECT_TRUE(store->status().breaker_open);
  const auto refused = ask(*store, write());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreUnavailable);
  EXPECT_LE(std::stoi(field(refused.error(), "retry_after_ms")), 5000);
  EXPECT_GT(std::stoi(field(refused.error(), "retry_after_ms")), 0);
  EXPECT_EQ(server.requests, 20U);
  EXPECT_NE(metrics.print().find("layer_upstream_breaker_open{store=\"east\"} 1\n"),
            std::string::npos);

  clock.advance(5s);
  EXPECT_EQ(ask(*store)->status, 500);
  EXPECT_EQ(ask(*store).error().code, ErrorCode::kStoreUnavailable);
  clock.advance(5s);
  EXPECT_EQ(ask(*store)->body, "well again");
  EXPECT_FALSE(store->status().breaker_open);
}

TEST_F(RemoteRetryTest, TenRefusedConnectionsOpenTheBreaker) {
  const auto store = store_at(1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask(*store, write()).error().code, ErrorCode::kUpstream);
  }
  EXPECT_EQ(ask(*store, write()).error().code, ErrorCode::kStoreUnavailable);
}

TEST_F(RemoteRetryTest, RefusalsAndRateLimitsNeverOpenTheBreaker) {
  Answers server({status_answer(429), status_answer(404), status_answer(401)});
  const auto store = store_at(server.peer.port());
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(ask(*store).has_value());
  }
  EXPECT_FALSE(store->status().breaker_open);
}

TEST_F(RemoteRetryTest, CallersWithoutPatienceDoNotOpenTheBreaker) {
  TestPeer peer([](TestSocket& socket, int) { socket.read_to_end(); });
  const auto store = store_at(peer.port());
  for (int i = 0; i < 12; ++i) {
    Call call;
    call.deadline = async::SteadyClock::now() + 2ms;
    EXPECT_EQ(ask(*store, call).error().code, ErrorCode::kGatewayTimeout);
  }
  EXPECT_FALSE(store->status().breaker_open);
}

TEST_F(RemoteRetryTest, ACancelledCallClosesItsConnectionAndLeavesNothing) {
  std::atomic<int> closed = 0;
  TestPeer peer([&](TestSocket& socket, int) {
    socket.read_message();
    socket.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    socket.read_to_end();
    ++closed;
  });
  TestPeer silent([&](TestSocket& socket, int) {
    socket.read_to_end();
    ++closed;
  });
  // While the head is awaited, while the body is read, and while a connection is awaited.
  for (const auto& [port, peers] : {std::pair{silent.port(), 1}, {peer.port(), 2}}) {
    auto options = options_for(port);
    options.connections_max = 1;
    const auto store = make(std::move(options));
    Result<Answer> first;
    Result<Answer> waiting;
    async::TaskGroup group(loops.at(0));
    async::run_blocking(loops.at(0), [&]() -> async::Task<> {
      const auto call = [](RemoteStore& s, Result<Answer>& into) -> async::Task<> {
        into = co_await ask_on_loop(s, {});
      };
      group.spawn(call(*store, first));
      group.spawn(call(*store, waiting));
      while (store->status().connections_open == 0) {
        co_await async::sleep_for(1ms);
      }
      co_await async::sleep_for(10ms);
      EXPECT_EQ(store->status().connections_open, 1U);
      group.cancel();
      co_await group.join();
    });
    EXPECT_EQ(first.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(waiting.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(store->status().connections_open, 0U);
    EXPECT_EQ(store->status().in_flight, 0U);
    while (closed < peers) {
      std::this_thread::yield();
    }
  }
}

TEST_F(RemoteRetryTest, CallsShareTheConnectionsThereAre) {
  TestServer server(http::testing::echo);
  auto options = options_for(server.port());
  options.connections_max = 2;
  const auto store = make(std::move(options));
  int answered = 0;
  async::TaskGroup group(loops.at(0));
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto call = [](RemoteStore& s, int& count) -> async::Task<> {
      const auto answer = co_await ask_on_loop(s, write(std::string(100'000, 'x')));
      count += answer && answer->body.size() == 100'007 ? 1 : 0;
    };
    for (int i = 0; i < 50; ++i) {
      group.spawn(call(*store, answered));
    }
    co_await group.join();
  });
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(store->status().connections_open, 2U);
  EXPECT_EQ(server.server().connections(), 2U);
}

TEST_F(RemoteRetryTest, WhoFindsNoFreeConnectionInTimeIsTold) {
  TestPeer peer([](TestSocket& socket, int) { socket.read_to_end(); });
  auto options = options_for(peer.port());
  options.connections_max = 1;
  const auto store = make(std::move(options));
  async::TaskGroup group(loops.at(0));
  const auto answer = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
    const auto occupy = [](RemoteStore& s) -> async::Task<> { (void)co_await s.send({}); };
    group.spawn(occupy(*store));
    while (store->status().connections_open == 0) {
      co_await async::sleep_for(1ms);
    }
    auto late = co_await store->send({.deadline = async::SteadyClock::now() + 10ms});
    group.cancel();
    co_await group.join();
    co_return late;
  });
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kGatewayTimeout);
  EXPECT_EQ(field(answer.error(), "upstream_category"), "busy");
}

}  // namespace
}  // namespace layer::store
