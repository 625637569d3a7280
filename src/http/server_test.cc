#include "http/server.h"

#include <latch>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "http/test_server.h"
#include "http/test_socket.h"

namespace layer::http {
namespace {

using namespace std::chrono_literals;
using testing::echo;
using testing::TestServer;
using testing::TestSocket;
using testing::text_response;

TEST(Server, AnswersPipelinedRequestsInOrderOnOneConnection) {
  TestServer server(echo);
  TestSocket client(server.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += fmt::format("POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{:02}", i, i);
  }
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 20; ++i) {
    const auto [head, body] = client.read_response();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_EQ(body, fmt::format("POST /{} {:02}", i, i));
  }
}

TEST(Server, KeepsTheTargetAsItWasSent) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send("GET /a%2Fb/../c//d?x=%20&y HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_response().second, "GET /a%2Fb/../c//d?x=%20&y ");
}

TEST(Server, ReadsChunkedBodiesWhateverTheSegmentation) {
  TestServer server(echo);
  TestSocket client(server.port());
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;ext=1\r\n \r\n6\r\nworld!\r\n0\r\nTrailer: dropped\r\n\r\n";
  for (const char c : request) {
    ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  }
  EXPECT_EQ(client.read_response().second, "POST /c hello world!");
  client.send(request);
  EXPECT_EQ(client.read_response().second, "POST /c hello world!");
}

TEST(Server, StreamsChunkedAndTellsTheEnd) {
  struct Count final : Body {
    int left = 3;
    std::string text;
    async::Task<Result<std::string_view>> next() override {
      text = left > 0 ? fmt::format("piece{}", left--) : "";
      co_return std::string_view(text);
    }
  };
  TestServer server([](Request&) -> async::Task<Response> {
    Response response;
    response.stream = std::make_unique<Count>();
    co_return response;
  });
  TestSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.read_until("\r\n\r\n").find("transfer-encoding: chunked"), std::string::npos);
  EXPECT_EQ(client.read_until("0\r\n\r\n"),
            "6\r\npiece3\r\n6\r\npiece2\r\n6\r\npiece1\r\n0\r\n\r\n");
}

TEST(Server, Sends100ContinueOnlyWhenTheHandlerReads) {
  TestServer server([](Request& request) -> async::Task<Response> {
    if (request.target == "/refuse") {
      co_return error_response({.code = ErrorCode::kForbidden, .message = "no"});
    }
    co_return co_await echo(request);
  });
  const std::string_view rest =
      " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  TestSocket reads(server.port());
  reads.send("POST /read");
  reads.send(rest);
  EXPECT_EQ(reads.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  reads.send("ok");
  EXPECT_EQ(reads.read_response().second, "POST /read ok");

  TestSocket refused(server.port());
  refused.send("POST /refuse");
  refused.send(rest);
  const std::string head = refused.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 403")) << head;
  EXPECT_NE(head.find("connection: close"), std::string::npos);
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  TestServer server([](Request&) -> async::Task<Response> { co_return text_response("12345"); });
  TestSocket client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.read_until("\r\n\r\n").find("content-length: 5"), std::string::npos);
  EXPECT_EQ(client.read_response().second, "12345");
}

TEST(Server, Http10ClosesUnlessAskedToKeep) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_response().second, "GET /1 ");
  client.send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("GET /2 "));
}

TEST(Server, AnException_IsA500AndTheConnectionGoesOn) {
  TestServer server([](Request&) -> async::Task<Response> {
    throw std::runtime_error("broken");
    co_return Response{};
  });
  TestSocket client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.read_response().first.starts_with("HTTP/1.1 500"));
  }
}

TEST(Server, APortInUseIsAnErrorThatNamesIt) {
  TestServer server(echo);
  ServerOptions options;
  options.port = server.port();
  const auto second = Server::start(options, server.loops(), server);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find(std::to_string(server.port())), std::string::npos);
}

TEST(Server, ADisconnectCancelsTheHandler) {
  std::latch cancelled(1);
  bool slept = true;
  TestServer server([&](Request& request) -> async::Task<Response> {
    slept = co_await async::sleep_for(1h);
    if (request.cancelled) {
      cancelled.count_down();
    }
    co_return Response{};
  });
  {
    TestSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (server.server().requests_in_flight() == 0) {
      std::this_thread::yield();
    }
  }
  cancelled.wait();
  EXPECT_FALSE(slept);
}

}  // namespace
}  // namespace layer::http
