// What a call comes to when the store or the network fails.
#include "store/turbopuffer/test_remote.h"

namespace layer::store {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct RemoteFaultsTest : RemoteTest {
  // The error of a call whose connection does as `script` says.
  Error failure_of(TestPeer::Script script, Call call = {}, async::Duration progress_max = 30s) {
    TestPeer peer(std::move(script));
    auto options = options_for(peer.port());
    options.progress_time_max = progress_max;
    options.retry_plain = RetryPlain::kOff;
    const auto store = make(std::move(options));
    auto answer = ask(*store, std::move(call));
    EXPECT_FALSE(answer.has_value());
    EXPECT_EQ(store->status().connections_idle, 0U);
    EXPECT_EQ(store->status().connections_open, 0U);
    return answer ? Error{} : answer.error();
  }
  static void expect(const Error& error, ErrorCode code, std::string_view category) {
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(field(error, "upstream_category"), category);
    EXPECT_EQ(field(error, "store"), "east");
    EXPECT_NE(error.message.find("store 'east': "), std::string::npos) << error.message;
  }
  // A script that answers with these bytes and closes.
  static TestPeer::Script answers(std::string bytes) {
    return [bytes](TestSocket& socket, int) {
      socket.read_message();
      socket.send(bytes);
    };
  }
  static TestPeer::Script silent() {
    return [](TestSocket& socket, int) { socket.read_to_end(); };
  }
  static Call hurried(Call call) {
    call.deadline = async::SteadyClock::now() + 40ms;
    return call;
  }
};

TEST_F(RemoteFaultsTest, NobodyListens) {
  auto options = options_for(1);
  options.retry_plain = RetryPlain::kOff;
  const auto store = make(std::move(options));
  const auto answer = ask(*store, write());
  ASSERT_FALSE(answer.has_value());
  expect(answer.error(), ErrorCode::kUpstream, "connect");
  EXPECT_EQ(field(answer.error(), "outcome"), "");
}

TEST_F(RemoteFaultsTest, TheNameHasNoAddress) {
  auto options = options_for(1);
  options.url = "http://no-such-store.invalid";
  options.retry_plain = RetryPlain::kOff;
  const auto store = make(std::move(options));
  const auto answer = ask(*store);
  ASSERT_FALSE(answer.has_value());
  expect(answer.error(), ErrorCode::kUpstream, "resolve");
}

TEST_F(RemoteFaultsTest, NoAnswerBeforeTheDeadline) {
  expect(failure_of(silent(), hurried({})), ErrorCode::kGatewayTimeout, "timeout");
}

TEST_F(RemoteFaultsTest, AWriteThatGotNoAnswerMayHaveBeenApplied) {
  const Error late = failure_of(silent(), hurried(write()));
  expect(late, ErrorCode::kGatewayTimeout, "timeout");
  EXPECT_EQ(field(late, "outcome"), "unknown");
  const Error lost = failure_of(answers(""), write());
  expect(lost, ErrorCode::kUpstream, "reset");
  EXPECT_EQ(field(lost, "outcome"), "unknown");
  EXPECT_EQ(field(failure_of(answers("")), "outcome"), "");
}

TEST_F(RemoteFaultsTest, ABodyThatStandsStill) {
  const auto script = [](TestSocket& socket, int) {
    socket.read_message();
    socket.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    socket.read_to_end();
  };
  expect(failure_of(script, {}, 20ms), ErrorCode::kUpstream, "timeout");
  // The gateway's own read ends at its deadline.
  expect(failure_of(script, hurried(gateway_read())), ErrorCode::kGatewayTimeout, "timeout");
}

TEST_F(RemoteFaultsTest, ABodyThatIsShorterThanAnnounced) {
  expect(failure_of(answers("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")),
         ErrorCode::kUpstream, "incomplete");
  expect(failure_of(answers("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")),
         ErrorCode::kUpstream, "incomplete");
}

TEST_F(RemoteFaultsTest, AResetInTheMiddleOfABody) {
  for (const std::string_view framing : {"content-length: 10\r\n", "connection: close\r\n"}) {
    const auto script = [framing](TestSocket& socket, int) {
      socket.read_message();
      socket.send("HTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\nhalf");
      std::this_thread::sleep_for(10ms);  // lets the bytes leave before the reset drops them
      socket.reset();
    };
    expect(failure_of(script), ErrorCode::kUpstream, "reset");
  }
}

TEST_F(RemoteFaultsTest, WhatIsNotHttp) {
  for (const std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 OK 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", "HTTP/1.1 101 Switch\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot a chunk\r\n"}) {
    expect(failure_of(answers(std::string(bytes))), ErrorCode::kUpstream, "protocol");
  }
  expect(failure_of(answers("HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'x'))),
         ErrorCode::kUpstream, "protocol");
}

TEST_F(RemoteFaultsTest, AnAnswerWithoutLengthEndsWithItsConnection) {
  TestPeer peer(answers("HTTP/1.1 200 OK\r\n\r\nall of it"));
  const auto store = store_at(peer.port());
  EXPECT_EQ(ask(*store)->body, "all of it");
  EXPECT_EQ(store->status().connections_open, 0U);
}

TEST_F(RemoteFaultsTest, TlsWithAServerThatDoesNotSpeakIt) {
  TestPeer peer([](TestSocket& socket, int) {
    socket.read_bytes(10);
    socket.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  auto options = options_for(1);
  options.url = "https://127.0.0.1:" + std::to_string(peer.port());
  const auto store = make(std::move(options));
  const auto answer = ask(*store, write());
  ASSERT_FALSE(answer.has_value());
  expect(answer.error(), ErrorCode::kUpstream, "tls");
  EXPECT_EQ(field(answer.error(), "outcome"), "");
}

TEST_F(RemoteFaultsTest, ASilentTlsHandshakeIsGivenUp) {
  TestPeer peer(silent());
  auto options = options_for(1);
  options.url = "https://127.0.0.1:" + std::to_string(peer.port());
  options.tls_time_max = 10ms;
  const auto store = make(std::move(options));
  const auto answer = ask(*store);
  ASSERT_FALSE(answer.has_value());
  expect(answer.error(), ErrorCode::kUpstream, "tls");
}

struct FailingBody final : http::Body {
  explicit FailingBody(int good) : good_pieces(good) {}
  async::Task<Result<std::string_view>> next() override {
    if (good_pieces-- > 0) {
      co_return std::string_view("piece");
    }
    co_return fail(ErrorCode::kPayloadTooLarge, "too large");
  }
  int good_pieces;
};

TEST_F(RemoteFaultsTest, TheCallersOwnBodyFails) {
  for (const int good : {0, 1, 2}) {
    FailingBody body(good);
    Call call = write("");
    call.stream = &body;
    const Error error = failure_of(silent(), call);
    EXPECT_EQ(error.code, ErrorCode::kPayloadTooLarge);
    EXPECT_TRUE(error.fields.empty());
  }
}

TEST_F(RemoteFaultsTest, ABodyThatIsNotAsLongAsItSays) {
  struct Liar final : http::Body {
    explicit Liar(std::uint64_t said_bytes) : said(said_bytes) {}
    async::Task<Result<std::string_view>> next() override {
      co_return left-- > 0 ? std::string_view("12345") : std::string_view();
    }
    std::optional<std::uint64_t> size() const override { return said; }
    std::uint64_t said;
    int left = 2;
  };
  for (const std::uint64_t said : {3U, 7U, 20U}) {
    Liar body(said);
    Call call = write("");
    call.stream = &body;
    EXPECT_EQ(failure_of(silent(), call).code, ErrorCode::kInvalidArgument) << said;
  }
}

TEST_F(RemoteFaultsTest, AnAnswerBeforeTheEndOfTheRequestCounts) {
  struct Endless final : http::Body {
    async::Task<Result<std::string_view>> next() override {
      co_await async::sleep_for(1ms);
      co_return std::string_view("more and more");
    }
  };
  TestPeer peer([](TestSocket& socket, int) {
    socket.read_bytes(100);
    socket.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 4\r\n\r\nstop");
    socket.read_to_end();
  });
  const auto store = store_at(peer.port());
  Endless body;
  Call call = write("");
  call.stream = &body;
  const auto answer = ask(*store, call);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body, "stop");
  EXPECT_EQ(store->status().connections_open, 0U);
}

TEST_F(RemoteFaultsTest, BeyondItsCallsTheStoreIsNotAsked) {
  TestPeer peer(silent());
  auto options = options_for(peer.port());
  options.in_flight_max = 1;
  const auto store = make(std::move(options));
  async::TaskGroup group(loops.at(0));
  const auto refused = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
    const auto occupy = [](RemoteStore& s) -> async::Task<> { (void)co_await s.send({}); };
    group.spawn(occupy(*store));
    while (store->status().in_flight == 0) {
      co_await async::sleep_for(1ms);
    }
    auto answer = co_await store->send({});
    group.cancel();
    co_await group.join();
    co_return answer;
  });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_EQ(field(refused.error(), "retry_after_ms"), "1000");
}

}  // namespace
}  // namespace layer::store
