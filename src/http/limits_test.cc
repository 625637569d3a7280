// What the server does with clients that send too much, too slowly or nonsense.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/test_server.h"
#include "http/test_socket.h"

namespace layer::http {
namespace {

using namespace std::chrono_literals;
using testing::echo;
using testing::TestServer;
using testing::TestSocket;

std::string status_of(std::uint16_t port, const std::string& bytes) {
  TestSocket client(port);
  client.send(bytes);
  return client.read_until("\r\n").substr(0, 12);
}

TEST(Limits, MalformedRequestsAre400WithAJsonErrorAndClose) {
  TestServer server(echo);
  for (const std::string_view bad : {
           "nonsense\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n",
           "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello to a plain port\r\n\r\n",
       }) {
    TestSocket client(server.port());
    client.send(bad);
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad << "\n" << answer;
    EXPECT_NE(answer.find("connection: close\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\n\r\n{\"status\":\"error\",\"error\":\"malformed HTTP"),
              std::string::npos);
  }
}

TEST(Limits, ABadChunkIsA400) {
  TestServer server(echo);
  EXPECT_EQ(status_of(server.port(),
                      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
            "HTTP/1.1 400");
}

TEST(Limits, HeadsBeyondTheirLimitsAre431) {
  TestServer server(echo);
  const auto head = [](const std::string& target, const std::string& fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  };
  EXPECT_EQ(status_of(server.port(), head("/", "X: " + std::string(70 * 1024, 'a') + "\r\n")),
            "HTTP/1.1 431");
  EXPECT_EQ(status_of(server.port(), head("/" + std::string(17 * 1024, 'a'), "")), "HTTP/1.1 431");
  std::string many;
  for (int i = 0; i < 130; ++i) {
    many += fmt::format("X-{}: 1\r\n", i);
  }
  EXPECT_EQ(status_of(server.port(), head("/", many)), "HTTP/1.1 431");
  TestSocket fits(server.port());
  fits.send(head("/", "X: " + std::string(60 * 1024, 'a') + "\r\n"));
  EXPECT_TRUE(fits.read_response().first.starts_with("HTTP/1.1 200"));
}

TEST(Limits, EndlessChunkExtensionsAndTrailersAreCut) {
  TestServer server(echo);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(server.port(), head + "1;" + std::string(200 * 1024, 'e')), "HTTP/1.1 431");
  EXPECT_EQ(status_of(server.port(), head + "0\r\nX: " + std::string(200 * 1024, 't')),
            "HTTP/1.1 431");
}

TEST(Limits, BodiesBeyondTheirLimitAre413WhetherAnnouncedOrNot) {
  ServerOptions options = TestServer::quick();
  options.body_bytes_max = 1000;
  TestServer server(echo, options);
  EXPECT_EQ(status_of(server.port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"),
            "HTTP/1.1 413");
  EXPECT_EQ(status_of(server.port(),
                      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                          std::string(1001, 'x') + "\r\n0\r\n\r\n"),
            "HTTP/1.1 413");
  TestSocket fits(server.port());
  fits.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_TRUE(fits.read_response().first.starts_with("HTTP/1.1 200"));
}

TEST(Limits, AHeadThatTakesTooLongIs408) {
  ServerOptions options = TestServer::quick();
  options.head_time_max = 30ms;
  TestServer server(echo, options);
  EXPECT_EQ(status_of(server.port(), "GET / HTT"), "HTTP/1.1 408");
  EXPECT_EQ(status_of(server.port(), ""), "");
}

TEST(Limits, ABodyThatTricklesIs408) {
  ServerOptions options = TestServer::quick();
  options.body_progress_window = 60ms;
  TestServer server(echo, options);
  TestSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  // One byte now and then is not progress.
  while (server.server().requests_in_flight() > 0 || server.server().connections() > 0) {
    if (!client.send("x")) {
      break;
    }
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408"));
}

TEST(Limits, AReaderThatDoesNotReadIsCutAndTheServerDoesNotBufferForIt) {
  struct Endless final : Body {
    std::atomic<std::uint64_t>& given;
    std::string piece = std::string(64 * 1024, 'z');
    explicit Endless(std::atomic<std::uint64_t>& counter) : given(counter) {}
    async::Task<Result<std::string_view>> next() override {
      given += piece.size();
      co_return std::string_view(piece);
    }
  };
  std::atomic<std::uint64_t> given{0};
  ServerOptions options = TestServer::quick();
  options.write_progress_time_max = 50ms;
  TestServer server(
      [&](Request&) -> async::Task<Response> {
        Response response;
        response.stream = std::make_unique<Endless>(given);
        co_return response;
      },
      options);
  TestSocket client(server.port(), 16 * 1024);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_FALSE(client.read_until("\r\n\r\n").empty());
  while (server.server().connections() > 0) {
    std::this_thread::sleep_for(1ms);
  }
  // What the kernel's socket buffers hold, not what an endless body would give.
  EXPECT_LT(given.load(), 64ULL << 20U);
}

TEST(Limits, ConnectionsBeyondTheirLimitAreTurnedAway) {
  ServerOptions options = TestServer::quick();
  options.connections_max = 1;
  TestServer server(echo, options);
  TestSocket first(server.port());
  first.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.read_response().second, "GET /1 ");
  TestSocket second(server.port());
  const auto [head, body] = second.read_response();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503")) << head;
  EXPECT_EQ(body, R"({"status":"error","error":"too many connections; try again in a while"})");
}

TEST(Limits, AnIdleConnectionIsClosedInTheEnd) {
  ServerOptions options = TestServer::quick();
  options.idle_time_max = 30ms;
  TestServer server(echo, options);
  TestSocket client(server.port());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_response().second, "GET /1 ");
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace layer::http
