// What goes to the store and what comes back when all is well.
#include "store/turbopuffer/remote_store.h"

#include "http/test_tls.h"
#include "store/turbopuffer/test_remote.h"

namespace layer::store {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct RemoteStoreTest : RemoteTest {
  // Sends the call to a server that answers `answer`; the head it got.
  std::string head_of(Call call, std::string credential = "") {
    std::string head;
    TestPeer peer([&](TestSocket& socket, int) {
      head = socket.read_message().first;
      socket.send(ok_answer("{}"));
    });
    auto options = options_for(peer.port());
    options.credential = std::move(credential);
    const auto store = make(std::move(options));
    EXPECT_TRUE(ask(*store, std::move(call)).has_value());
    return head;
  }
};

TEST_F(RemoteStoreTest, TheRawTargetGoesBehindTheBasePath) {
  TestServer server(http::testing::echo);
  auto options = options_for(server.port());
  options.url += "/base/";
  const auto store = make(std::move(options));
  const auto answer =
      ask(*store, {.method = "POST", .target = "/v2/namespaces/a%2Fb/../.?x=%20", .body = "{}"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "POST /base/v2/namespaces/a%2Fb/../.?x=%20 {}");
  EXPECT_GT(answer->waited, 0ns);
}

TEST_F(RemoteStoreTest, HostAndCredentialAreTheStoresAndHopsEndHere) {
  const std::string head = head_of({.headers = {{"Host", "gateway"},
                                                {"Authorization", "Bearer smuggled"},
                                                {"Connection", "x-hop, keep-alive"},
                                                {"X-Hop", "1"},
                                                {"Keep-Alive", "timeout=5"},
                                                {"TE", "trailers"},
                                                {"Upgrade", "h2c"},
                                                {"Transfer-Encoding", "chunked"},
                                                {"Content-Length", "7"},
                                                {"Expect", "100-continue"},
                                                {"Prefer", "respond-async"},
                                                {"X-Two", "a"},
                                                {"x-two", "b"}}},
                                   "secret");
  EXPECT_EQ(head.find("GET / HTTP/1.1\r\nhost: 127.0.0.1:"), 0U);
  const std::string rest = head.substr(head.find("\r\n", head.find("host:")) + 2);
  EXPECT_EQ(
      rest,
      "Prefer: respond-async\r\nX-Two: a\r\nx-two: b\r\nauthorization: Bearer secret\r\n\r\n");
}

TEST_F(RemoteStoreTest, InPassthroughTheCallersAuthorizationGoesOn) {
  const std::string head = head_of({.authorization = "Bearer mine"}, "secret");
  EXPECT_NE(head.find("authorization: Bearer mine\r\n"), std::string::npos);
  EXPECT_EQ(head.find("secret"), std::string::npos);
  EXPECT_EQ(head_of({}).find("authorization"), std::string::npos);
}

TEST_F(RemoteStoreTest, AnAnswerKeepsItsEndToEndHeadersAndLosesTheRest) {
  TestPeer peer([](TestSocket& socket, int) {
    socket.read_message();
    socket.send(
        "HTTP/1.1 429 Slow\r\nServer-Timing: a;dur=1\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
        "retry-after-ms: 20\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n"
        "server-timing: b;dur=2\r\n\r\nno");
  });
  const auto answer = ask(*store_at(peer.port()));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "no");
  ASSERT_EQ(answer->headers.size(), 3U);
  EXPECT_EQ(answer->headers[0].first, "Server-Timing");
  EXPECT_EQ(answer->headers[1].first, "retry-after-ms");
  EXPECT_EQ(answer->headers[2].second, "b;dur=2");
}

TEST_F(RemoteStoreTest, ASmallAnswerComesWholeAndItsConnectionIsKeptAtOnce) {
  TestServer server(http::testing::echo);
  const auto store = store_at(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
      co_return co_await store->send({.target = "/small"});
    });
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->stream, nullptr);
    EXPECT_EQ(answer->body, "GET /small ");
    EXPECT_EQ(store->status().connections_idle, 1U);
  }
  EXPECT_EQ(server.server().connections(), 1U);
}

TEST_F(RemoteStoreTest, ALargeAnswerIsAStreamOfKnownSize) {
  TestServer server(http::testing::echo);
  const auto store = store_at(server.port());
  const std::string big(3'000'000, 'b');
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    auto answer = co_await store->send(write(big));
    EXPECT_TRUE(answer && answer->stream);
    if (answer && answer->stream) {
      EXPECT_EQ(answer->stream->size(), big.size() + 7);
      EXPECT_EQ(store->status().connections_idle, 0U);
      const auto body = co_await http::read_all(*answer->stream, 1U << 30U);
      EXPECT_EQ(body.value_or(""), "POST / " + big);
      EXPECT_EQ(store->status().connections_idle, 1U);
    }
  });
}

TEST_F(RemoteStoreTest, AChunkedAnswerHasNoSizeAndNothingOfItsFraming) {
  TestPeer peer([](TestSocket& socket, int) {
    socket.read_message();
    socket.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n"
        "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nx-sum: 5\r\n\r\n");
    socket.read_to_end();
  });
  const auto store = store_at(peer.port());
  const auto answer = ask(*store);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "abcde");
  EXPECT_TRUE(answer->headers.empty());
}

TEST_F(RemoteStoreTest, HeadTellsTheSizeOfWhatGetWouldGive) {
  TestPeer peer([](TestSocket& socket, int) {
    socket.read_message();
    socket.send("HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n");
    socket.read_to_end();
  });
  const auto store = store_at(peer.port());
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    auto answer = co_await store->send({.method = "HEAD"});
    EXPECT_TRUE(answer && answer->stream);
    if (answer && answer->stream) {
      EXPECT_EQ(answer->stream->size(), 1234U);
      EXPECT_EQ((co_await answer->stream->next()).value_or("?"), "");
    }
    EXPECT_EQ(store->status().connections_idle, 1U);
  });
}

struct Pieces final : http::Body {
  Pieces(std::vector<std::string> all, bool sized) : pieces(std::move(all)), known(sized) {}
  async::Task<Result<std::string_view>> next() override {
    co_return at < pieces.size() ? std::string_view(pieces[at++]) : std::string_view();
  }
  std::optional<std::uint64_t> size() const override {
    std::uint64_t total = 0;
    for (const auto& piece : pieces) {
      total += piece.size();
    }
    return known ? std::optional(total) : std::nullopt;
  }
  std::vector<std::string> pieces;
  bool known;
  std::size_t at = 0;
};

TEST_F(RemoteStoreTest, ABodyIsStreamedWithItsLengthOrInChunks) {
  TestServer server([](http::Request& request) -> async::Task<http::Response> {
    const bool chunked = request.headers.has("transfer-encoding");
    auto body = co_await http::read_all(*request.body, 1U << 30U);
    co_return http::testing::text_response((chunked ? "chunked " : "sized ") + *body);
  });
  const auto store = store_at(server.port());
  const std::vector<std::vector<std::string>> bodies{
      {}, {"one"}, {"one", "two"}, {"a", std::string(500'000, 'b'), "c"}};
  for (const auto& pieces : bodies) {
    for (const bool sized : {true, false}) {
      Pieces body(pieces, sized);
      std::string text;
      for (const auto& piece : pieces) {
        text += piece;
      }
      const auto answer = ask(*store, {.method = "POST", .stream = &body});
      ASSERT_TRUE(answer.has_value());
      EXPECT_EQ(answer->body, (sized ? "sized " : "chunked ") + text);
    }
  }
  EXPECT_EQ(server.server().connections(), 1U);
}

TEST_F(RemoteStoreTest, EveryLoopHasConnectionsOfItsOwn) {
  TestServer server(http::testing::echo);
  async::Loops two(2);
  const auto store = std::move(*RemoteStore::make(options_for(server.port()), two, metrics));
  for (int i = 0; i < 6; ++i) {
    const auto answer = async::run_blocking(two.at(i % 2), [&]() -> async::Task<Result<Answer>> {
      co_return co_await ask_on_loop(*store, {});
    });
    EXPECT_TRUE(answer.has_value());
  }
  EXPECT_EQ(store->status().connections_open, 2U);
  const auto elsewhere = ask(*store);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kInternal);
}

TEST_F(RemoteStoreTest, TlsNamesTheServerAndVerifiesIt) {
  const http::testing::TestCertificate certificate("localhost");
  auto server_options = TestServer::quick();
  server_options.tls =
      http::make_server_tls(certificate.cert_file(), certificate.key_file()).value();
  TestServer server(http::testing::echo, server_options);
  const auto ask_at = [&](const std::string& host, const std::string& ca_file) {
    auto options = options_for(0);
    options.url = "https://" + host + ":" + std::to_string(server.port());
    options.ca_file = ca_file;
    return ask(*make(std::move(options)));
  };
  EXPECT_TRUE(ask_at("localhost", certificate.cert_file()).has_value());

  const auto wrong_name = ask_at("127.0.0.1", certificate.cert_file());
  ASSERT_FALSE(wrong_name.has_value());
  EXPECT_EQ(wrong_name.error().code, ErrorCode::kUpstream);
  EXPECT_EQ(field(wrong_name.error(), "upstream_category"), "tls");

  const auto untrusted = ask_at("localhost", "");
  ASSERT_FALSE(untrusted.has_value());
  EXPECT_EQ(field(untrusted.error(), "upstream_category"), "tls");
}

TEST_F(RemoteStoreTest, AConnectionToANameIsNotUsedBeyondItsAge) {
  TestServer server(http::testing::echo);
  const auto connections_after_two_calls = [&](const std::string& host) {
    auto options = options_for(0);
    options.url = "http://" + host + ":" + std::to_string(server.port());
    options.connection_age_max = 0s;
    const auto store = make(std::move(options));
    EXPECT_TRUE(ask(*store).has_value());
    return store->status().connections_idle;
  };
  EXPECT_EQ(connections_after_two_calls("localhost"), 0U);
  EXPECT_EQ(connections_after_two_calls("127.0.0.1"), 1U);
}

TEST_F(RemoteStoreTest, WhatItCannotBeMadeWithIsToldWithoutTheSecret) {
  auto options = options_for(1);
  options.credential = "tpuf_secret\r\nx-evil: 1";
  const auto made = RemoteStore::make(options, loops, metrics);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message.find("tpuf_secret"), std::string::npos);
  options.credential = "";
  options.url = "https://127.0.0.1:1";
  options.ca_file = "/nowhere/ca.pem";
  EXPECT_NE(RemoteStore::make(options, loops, metrics).error().message.find("/nowhere/ca.pem"),
            std::string::npos);
}

TEST_F(RemoteStoreTest, CallsAreCountedByHowTheyEnded) {
  TestPeer peer([](TestSocket& socket, int) {
    for (const int status : {200, 404, 429, 500}) {
      socket.read_message();
      socket.send(status_answer(status));
    }
    socket.read_to_end();
  });
  const auto store = store_at(peer.port());
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(ask(*store).has_value());
  }
  const std::string text = metrics.print();
  for (const std::string_view outcome : {"ok", "client_error", "rate_limited", "server_error"}) {
    const std::string line = "layer_upstream_requests_total{store=\"east\",outcome=\"" +
                             std::string(outcome) + "\"} 1\n";
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  EXPECT_NE(text.find("layer_upstream_breaker_open{store=\"east\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("layer_upstream_connections{store=\"east\",state=\"idle\"} 1\n"),
            std::string::npos);
}

}  // namespace
}  // namespace layer::store
