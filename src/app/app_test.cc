// The HTTP side of the store, over a real socket, with a fake engine behind it.
#include <functional>

#include <gtest/gtest.h>

#include "app/api_handler.h"
#include "async/loops.h"
#include "http/gzip.h"
#include "http/server.h"
#include "http/test_socket.h"
#include "store/embedded/embedded_store.h"

namespace layer::app {
namespace {

using http::testing::TestSocket;

struct FakeEngine final : engine::Engine {
  std::function<wire::Response(const wire::Request&)> answer;
  wire::Response handle(wire::Request request) override { return answer(request); }
  void stop() override {}
};

struct ApiTest : ::testing::Test {
  void start(std::vector<std::string> keys = {}, std::uint64_t body_bytes_max = 1 << 20U) {
    auth = std::make_unique<Auth>(keys);
    store = std::make_unique<store::EmbeddedStore>(
        store::EmbeddedStore::Parts{.engine = engine,
                                    .engine_pool = pool,
                                    .codec_pool = codec,
                                    .log = log,
                                    .body_bytes_max = body_bytes_max});
    handler = std::make_unique<ApiHandler>(ApiHandler::Parts{.store = *store,
                                                             .auth = *auth,
                                                             .service = service,
                                                             .metrics = counted,
                                                             .log = log,
                                                             .access_log = true,
                                                             .admin_here = true});
    http::ServerOptions options;
    options.body_bytes_max = body_bytes_max;
    server = std::move(*http::Server::start(options, loops, *handler));
  }
  ~ApiTest() override { server->stop({}, std::chrono::seconds(5)); }

  std::pair<std::string, std::string> send(const std::string& request) {
    TestSocket client(server->port());
    client.send(request);
    return client.read_response();
  }
  static std::string post(const std::string& headers, const std::string& body) {
    return "POST /v2/namespaces/n HTTP/1.1\r\nHost: x\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string get(const std::string& path, const std::string& headers = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }

  async::Loops loops{1};
  async::CpuPool pool{{.name = "engine"}};
  async::CpuPool codec{{.name = "codec"}};
  core::Logger log{{.level = core::LogLevel::kOff}};
  core::Metrics metrics;
  ServerMetrics counted{metrics};
  ServiceRoutes service{metrics, "embedded"};
  FakeEngine engine;
  std::unique_ptr<store::EmbeddedStore> store;
  std::unique_ptr<Auth> auth;
  std::unique_ptr<ApiHandler> handler;
  std::unique_ptr<http::Server> server;
};

TEST_F(ApiTest, TheEngineSeesTheRawPathTheQueryAndTheHint) {
  wire::Request seen;
  engine.answer = [&](const wire::Request& request) {
    seen = request;
    wire::Response response;
    response.status = 202;
    response.headers = {{"location", "/x"}};
    return response;
  };
  start();
  const auto [head, body] = send(
      "PATCH /v1/namespaces/a%2Fb/metadata?x=1 HTTP/1.1\r\nHost: x\r\nPrefer: wait=1, "
      "Respond-Async\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 202")) << head;
  EXPECT_NE(head.find("location: /x\r\n"), std::string::npos);
  EXPECT_EQ(seen.method, wire::Method::kPatch);
  EXPECT_EQ(seen.path, "/v1/namespaces/a%2Fb/metadata");
  EXPECT_EQ(seen.query, "x=1");
  EXPECT_EQ(seen.body, "{}");
  EXPECT_TRUE(seen.respond_async);
}

TEST_F(ApiTest, AnswersAreGzippedFrom1024BytesOnAndOnlyWhenAccepted) {
  std::size_t size = 0;
  engine.answer = [&](const wire::Request&) {
    wire::Response response;
    response.body.assign(size, 'a');
    return response;
  };
  start();
  const std::string gzip = "Accept-Encoding: gzip\r\n";
  for (const auto& [bytes, headers, packed] :
       {std::tuple{1023, gzip, false}, std::tuple{1024, gzip, true},
        std::tuple{200'000, std::string("accept-encoding: br;q=1, GZIP;q=0.1\r\n"), true},
        std::tuple{200'000, std::string("Accept-Encoding: identity\r\n"), false},
        std::tuple{200'000, std::string("Accept-Encoding: gzip;q=0\r\n"), false},
        std::tuple{200'000, std::string(), false}}) {
    size = static_cast<std::size_t>(bytes);
    const auto [head, body] = send(get("/v1/namespaces", headers));
    EXPECT_EQ(head.find("content-encoding: gzip\r\n") != std::string::npos, packed) << headers;
    EXPECT_EQ(head.find("content-encoding") != std::string::npos, packed) << headers;
    EXPECT_EQ(packed ? http::gunzip(body, 1 << 20U).value() : body, std::string(size, 'a'));
  }
}

TEST_F(ApiTest, RequestBodiesMayBeGzippedWithinTheLimit) {
  engine.answer = [](const wire::Request& request) {
    wire::Response response;
    response.body = std::to_string(request.body.size());
    return response;
  };
  start({}, 100'000);
  const std::string coded = "Content-Encoding: gzip\r\n";
  EXPECT_EQ(send(post(coded, http::gzip(std::string(50'000, 'x')))).second, "50000");

  const auto bomb = send(post(coded, http::gzip(std::string(10'000'000, 'x'))));
  EXPECT_TRUE(bomb.first.starts_with("HTTP/1.1 413")) << bomb.first;
  const auto corrupt = send(post(coded, "not gzip at all"));
  EXPECT_TRUE(corrupt.first.starts_with("HTTP/1.1 400")) << corrupt.first;
  std::string cut = http::gzip("some text");
  cut.resize(cut.size() - 4);
  EXPECT_TRUE(send(post(coded, cut)).first.starts_with("HTTP/1.1 400"));
  const auto unknown = send(post("Content-Encoding: br\r\n", "x"));
  EXPECT_TRUE(unknown.first.starts_with("HTTP/1.1 415")) << unknown.first;
  EXPECT_TRUE(unknown.second.starts_with(R"({"status":"error","error":)")) << unknown.second;
}

TEST_F(ApiTest, KeysAreCheckedBeforeTheBodyIsRead) {
  engine.answer = [](const wire::Request&) { return wire::Response{}; };
  start({"secret-1", "secret-2"});
  const auto missing = send(get("/v1/namespaces"));
  EXPECT_TRUE(missing.first.starts_with("HTTP/1.1 401")) << missing.first;
  EXPECT_EQ(missing.second,
            R"({"status":"error","error":"missing or malformed Authorization: Bearer header"})");
  EXPECT_TRUE(send(get("/v1/namespaces", "Authorization: Bearer secret\r\n"))
                  .first.starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(send(get("/v1/namespaces", "authorization: bearer secret-2\r\n"))
                  .first.starts_with("HTTP/1.1 200"));
  TestSocket waiting(server->port());
  waiting.send(
      "POST /v2/namespaces/n HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
      "5\r\n\r\n");
  EXPECT_TRUE(waiting.read_until("\r\n").starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(send(get("/health")).first.starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(send(get("/metrics")).first.starts_with("HTTP/1.1 401"));
}

TEST_F(ApiTest, ReadinessFollowsTheProcess) {
  start();
  EXPECT_TRUE(send(get("/ready")).first.starts_with("HTTP/1.1 503"));
  EXPECT_EQ(send(get("/ready")).second, R"({"status":"draining","version":"0.1.0"})");
  service.set_ready(true);
  EXPECT_TRUE(send(get("/ready")).first.starts_with("HTTP/1.1 200"));
}

TEST_F(ApiTest, RequestsAreCountedByRoute) {
  engine.answer = [](const wire::Request&) { return wire::Response{}; };
  start();
  send(post("", "{}"));
  send(post("", "{}"));
  const auto [head, body] = send(get("/metrics"));
  EXPECT_NE(
      body.find("layer_http_requests_total{route=\"/v2/namespaces/{ns}\",status=\"2xx\"} 2\n"),
      std::string::npos)
      << body;
}

TEST_F(ApiTest, AnEngineThatThrowsIsTheWiresUnknownError) {
  engine.answer = [](const wire::Request&) -> wire::Response { throw std::runtime_error("x"); };
  start();
  const auto [head, body] = send(post("", "{}"));
  EXPECT_TRUE(head.starts_with("HTTP/1.1 500"));
  EXPECT_NE(body.find("🐡 Unknown error, if this persists"), std::string::npos);
}

}  // namespace
}  // namespace layer::app
