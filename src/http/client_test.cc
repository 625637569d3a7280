#include "http/client.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/run.h"
#include "http/gzip.h"
#include "http/test_server.h"
#include "http/test_tls.h"

namespace layer::http {
namespace {

using namespace std::chrono_literals;
using testing::echo;
using testing::TestServer;
using testing::text_response;

// Runs `use(client)` on a loop of its own.
template <class Use>
void with_client(ClientOptions options, Use use) {
  async::Loops loops(1, "client");
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    options.tick = 5ms;
    Client client(loops.at(0), options);
    co_await use(client);
  });
}

Origin origin_of(const TestServer& server) {
  return {.tls = false, .host = "127.0.0.1", .port = server.port()};
}

async::Task<std::string> fetch(Client& client, Origin origin, ClientRequest request) {
  auto response = co_await client.send(origin, std::move(request));
  if (!response) {
    co_return "error: " + response.error().message;
  }
  auto body = co_await read_all(*response->body, 1ULL << 30U);
  co_return body ? *body : "error: " + body.error().message;
}

ClientRequest post(std::string target, std::string body) {
  ClientRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

TEST(Client, ReusesAConnectionOnceItsBodyIsRead) {
  TestServer server(echo);
  with_client({}, [&](Client& client) -> async::Task<> {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(co_await fetch(client, origin_of(server), post("/a", "b")), "POST /a b");
      EXPECT_EQ(client.idle_connections(), 1U);
    }
    EXPECT_EQ(server.server().connections(), 1U);
  });
}

TEST(Client, AClosedIdleConnectionIsNotUsedAgain) {
  ServerOptions options = TestServer::quick();
  options.idle_time_max = 20ms;
  TestServer server(echo, options);
  with_client({}, [&](Client& client) -> async::Task<> {
    EXPECT_EQ(co_await fetch(client, origin_of(server), post("/1", "")), "POST /1 ");
    while (server.server().connections() > 0) {
      co_await async::sleep_for(1ms);
    }
    EXPECT_EQ(co_await fetch(client, origin_of(server), post("/2", "")), "POST /2 ");
  });
}

TEST(Client, IdleConnectionsEndWithTheirTimeAndWithTheirServer) {
  const auto waits_until_closed = [](ClientOptions client_options, ServerOptions server_options) {
    TestServer server(echo, server_options);
    with_client(client_options, [&](Client& client) -> async::Task<> {
      EXPECT_EQ(co_await fetch(client, origin_of(server), post("/1", "")), "POST /1 ");
      while (client.counts()->open > 0) {
        co_await async::sleep_for(1ms);
      }
      EXPECT_EQ(client.idle_connections(), 0U);
    });
  };
  ClientOptions impatient;
  impatient.idle_time_max = 10ms;
  waits_until_closed(impatient, TestServer::quick());
  ServerOptions closing = TestServer::quick();
  closing.idle_time_max = 10ms;
  waits_until_closed({}, closing);
}

TEST(Client, ConnectionsBeyondTheWantedNumberRestForAMomentOnly) {
  TestServer server(echo);
  ClientOptions options;
  options.idle_connections_max = 1;
  options.spare_time_max = 10ms;
  with_client(options, [&](Client& client) -> async::Task<> {
    {
      std::vector<ClientResponse> held;
      for (int i = 0; i < 3; ++i) {
        auto response = co_await client.send(origin_of(server), post("/1", "x"));
        EXPECT_TRUE(response.has_value());
        held.push_back(std::move(*response));
      }
      EXPECT_EQ(client.counts()->open, 3U);
      for (ClientResponse& response : held) {
        EXPECT_TRUE((co_await read_all(*response.body, 100)).has_value());
      }
    }
    while (client.counts()->open > 1) {
      co_await async::sleep_for(1ms);
    }
    EXPECT_EQ(client.idle_connections(), 1U);
  });
}

TEST(Client, AnIdleConnectionToAnotherServerMakesRoom) {
  TestServer one(echo);
  TestServer two(echo);
  ClientOptions narrow;
  narrow.connections_max = 1;
  with_client(narrow, [&](Client& client) -> async::Task<> {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(co_await fetch(client, origin_of(one), post("/1", "")), "POST /1 ");
      EXPECT_EQ(co_await fetch(client, origin_of(two), post("/2", "")), "POST /2 ");
      EXPECT_EQ(client.counts()->open, 1U);
    }
  });
}

TEST(Client, StreamsARequestOfUnknownLengthAndAGzippedAnswer) {
  struct Pieces final : Body {
    int left = 100;
    std::string piece = std::string(10'000, 'p');
    async::Task<Result<std::string_view>> next() override {
      co_return left-- > 0 ? std::string_view(piece) : std::string_view();
    }
  };
  TestServer server([](Request& request) -> async::Task<Response> {
    auto body = co_await read_all(*request.body, 1ULL << 30U);
    Response response;
    response.stream = std::make_unique<DeflateBody>(std::make_unique<StringBody>(std::move(*body)));
    co_return response;
  });
  with_client({}, [&](Client& client) -> async::Task<> {
    Pieces pieces;
    ClientRequest request;
    request.method = "PUT";
    request.stream = &pieces;
    auto response = co_await client.send(origin_of(server), std::move(request));
    EXPECT_TRUE(response.has_value());
    InflateBody inflated(*response->body, 2'000'000);
    const auto text = co_await read_all(inflated, 2'000'000);
    EXPECT_EQ(text.value_or(""), std::string(1'000'000, 'p'));
  });
}

TEST(Client, TimesOutOnASilentServerAndOnAnUnreachableOne) {
  TestServer server([](Request&) -> async::Task<Response> {
    co_await async::sleep_for(1h);
    co_return Response{};
  });
  with_client({}, [&](Client& client) -> async::Task<> {
    ClientRequest request;
    request.total_time_max = 30ms;
    const auto response = co_await client.send(origin_of(server), std::move(request));
    EXPECT_EQ(response.error().code, ErrorCode::kTimeout);
    const auto refused = co_await client.send({.tls = false, .host = "127.0.0.1", .port = 1}, {});
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  });
}

TEST(Client, HeadHasNoBodyAndInterimAnswersAreSkipped) {
  TestServer server([](Request& request) -> async::Task<Response> {
    (void)co_await request.body->next();
    co_return text_response("12345");
  });
  with_client({}, [&](Client& client) -> async::Task<> {
    ClientRequest head;
    head.method = "HEAD";
    EXPECT_EQ(co_await fetch(client, origin_of(server), std::move(head)), "");
    ClientRequest expecting = post("/", "x");
    expecting.headers.add("expect", "100-continue");
    EXPECT_EQ(co_await fetch(client, origin_of(server), std::move(expecting)), "12345");
  });
}

TEST(Tls, RoundTripAndTheNameIsVerified) {
  const testing::TestCertificate certificate("localhost");
  ServerOptions options = TestServer::quick();
  options.tls = make_server_tls(certificate.cert_file(), certificate.key_file()).value();
  TestServer server(echo, options);
  ClientOptions trusting;
  trusting.tls = make_client_tls(certificate.cert_file()).value();
  with_client(trusting, [&](Client& client) -> async::Task<> {
    const Origin named{.tls = true, .host = "localhost", .port = server.port()};
    const std::string big(300'000, 'b');
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(co_await fetch(client, named, post("/tls", big)), "POST /tls " + big);
    }
    EXPECT_EQ(server.server().connections(), 1U);
    const Origin other{.tls = true, .host = "127.0.0.1", .port = server.port()};
    const auto wrong_name = co_await client.send(other, {});
    EXPECT_FALSE(wrong_name.has_value());
  });
  ClientOptions strict;
  strict.tls = make_client_tls().value();
  with_client(strict, [&](Client& client) -> async::Task<> {
    const Origin named{.tls = true, .host = "localhost", .port = server.port()};
    const auto untrusted = co_await client.send(named, {});
    EXPECT_EQ(untrusted.error().code, ErrorCode::kUnavailable);
  });
}

TEST(Tls, FilesThatAreNotThereAreNamed) {
  const auto context = make_server_tls("/nowhere/cert.pem", "/nowhere/key.pem");
  ASSERT_FALSE(context.has_value());
  EXPECT_NE(context.error().message.find("/nowhere/cert.pem"), std::string::npos);
}

TEST(Origin, BaseUrlsAreReadAndRefused) {
  const auto url = parse_base_url("https://[::1]:8443/a/b/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->origin, (Origin{.tls = true, .host = "::1", .port = 8443}));
  EXPECT_EQ(url->prefix, "/a/b");
  EXPECT_EQ(url->origin.authority(), "[::1]:8443");
  EXPECT_EQ(parse_base_url("http://h")->origin.authority(), "h");
  for (const std::string_view bad :
       {"", "h:80", "ftp://h", "http://", "http://h?x", "http://u@h"}) {
    EXPECT_FALSE(parse_base_url(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace layer::http
