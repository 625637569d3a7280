// A request's whole way over real sockets, with a store that the test plays.
#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "gateway/test_gateway.h"
#include "http/gzip.h"
#include "http/zstd.h"
#include "testing/fake_store.h"

namespace layer::gateway {
namespace {

using layer::testing::answer;
using layer::testing::FakeStore;
using layer::testing::SeenCall;
using ::testing::HasSubstr;
using ::testing::Not;

FakeStore::Script always(store::Answer (*make)()) {
  return [make](const SeenCall&) -> async::Task<Result<store::Answer>> { co_return make(); };
}

struct GatewayTest : ::testing::Test {
  async::Loops loops{1};
  FakeStore store;
};

// The names of the header fields of an answer, sorted and joined.
std::string field_names(std::string_view head) {
  std::vector<std::string> names;
  std::size_t at = head.find("\r\n") + 2;
  for (std::size_t end = head.find("\r\n", at); end != std::string_view::npos && end > at;
       end = head.find("\r\n", at)) {
    names.emplace_back(head.substr(at, head.find(':', at) - at));
    at = end + 2;
  }
  std::ranges::sort(names);
  std::string out;
  for (const std::string& name : names) {
    out += name + " ";
  }
  return out;
}

TEST_F(GatewayTest, APlainAnswerKeepsEverythingAndGetsThreeHeaders) {
  store.script(always([] {
    return answer(
        404, "{\"status\":\"error\",\"error\":\"\xF0\x9F\xA4\xB7 namespace 'n' was not found\"}",
        {{"Content-Type", "application/json"},
         {"date", "Mon, 01 Jan 2024 00:00:00 GMT"},
         {"retry-after-ms", "12"},
         {"x-anything", "kept"}});
  }));
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v2/namespaces/n/metadata");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(field_names(head),
            "Content-Type content-length date retry-after-ms server-timing traceparent x-anything "
            "x-layer-served-by ");
  EXPECT_THAT(head, HasSubstr("date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"));
  EXPECT_THAT(head, HasSubstr("x-layer-served-by: upstream\r\n"));
  EXPECT_EQ(body,
            "{\"status\":\"error\",\"error\":\"\xF0\x9F\xA4\xB7 namespace 'n' was not found\"}");
}

TEST_F(GatewayTest, TheStoreSeesTheRawTargetTheBodyAndTheCallersKey) {
  const TestGateway gateway(store, loops);
  gateway.ask("POST /v2/namespaces/a%2Fb%20c/query?stainless_overload=x&y=%41",
              R"({ "top_k" : 1 })", "X-Layer-Reserved: show\r\nX-Mine: 1\r\n");
  const SeenCall seen = store.last();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v2/namespaces/a%2Fb%20c/query?stainless_overload=x&y=%41");
  EXPECT_EQ(seen.body, R"({ "top_k" : 1 })");
  EXPECT_EQ(seen.authorization, "Bearer key");
  EXPECT_EQ(seen.kind, store::CallKind::kPlainRead);
  EXPECT_FALSE(seen.headers.has("x-layer-reserved"));
  EXPECT_TRUE(seen.headers.has("x-mine"));
  EXPECT_FALSE(seen.headers.has("authorization"));
}

TEST_F(GatewayTest, TheTraceIsTheSameForStoreAndCaller) {
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  const SeenCall seen = store.last();
  const auto minted = seen.headers.find("traceparent");
  ASSERT_TRUE(minted.has_value());
  EXPECT_THAT(head, HasSubstr("traceparent: " + std::string(*minted)));
  const std::string given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  EXPECT_THAT(gateway.ask("GET /v1/namespaces", "", "traceparent: " + given + "\r\n").first,
              HasSubstr("traceparent: " + given));
}

TEST_F(GatewayTest, ServerTimingIsExtended) {
  store.script(always([] { return answer(200, "{}", {{"server-timing", "engine;dur=1.5"}}); }));
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  EXPECT_THAT(head, ::testing::ContainsRegex(
                        "server-timing: engine;dur=1.5, layer;dur=[0-9]+\\.[0-9][0-9], "
                        "upstream;dur=[0-9]+\\.[0-9][0-9]\r\n"));
}

TEST_F(GatewayTest, GzipBodiesGoOnAsTheyAreZstdIsUndoneOthersAreRefused) {
  const TestGateway gateway(store, loops);
  const std::string packed = http::gzip(R"({"rank_by":["id","asc"]})");
  gateway.ask("POST /v2/namespaces/n/query", packed, "Content-Encoding: gzip\r\n");
  EXPECT_EQ(store.last().body, packed);
  EXPECT_EQ(store.last().headers.find("content-encoding"), "gzip");

  gateway.ask("POST /v2/namespaces/n/query", http::zstd("[1,2,3]"), "Content-Encoding: zstd\r\n");
  EXPECT_EQ(store.last().body, "[1,2,3]");
  EXPECT_FALSE(store.last().headers.has("content-encoding"));

  const auto [head, body] =
      gateway.ask("POST /v2/namespaces/n/query", "x", "Content-Encoding: br\r\n");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 415 "));
  EXPECT_EQ(store.calls().size(), 2U);
}

TEST_F(GatewayTest, AZstdBodyThatGrowsBeyondTheLimitIsTooLarge) {
  const TestGateway gateway(store, loops, {.decoded_bytes_max = 1 << 16U});
  const auto [head, body] =
      gateway.ask("POST /v2/namespaces/n", http::zstd(std::string(1 << 20U, 'x')),
                  "Content-Encoding: zstd\r\n");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 413 "));
  EXPECT_THAT(body, HasSubstr(R"("error":"payload_too_large")"));
}

TEST_F(GatewayTest, WhoBringsNoKeyIsRefusedBeforeTheStoreIsAsked) {
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.send("GET /v1/namespaces HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 401 "));
  EXPECT_THAT(head, HasSubstr("x-should-retry: false"));
  EXPECT_THAT(head, Not(HasSubstr("x-layer-served-by")));
  EXPECT_THAT(body, HasSubstr(R"("error":"unauthorized")"));
  EXPECT_THAT(body, HasSubstr(R"("trace_id":")"));
  EXPECT_TRUE(store.calls().empty());
}

TEST_F(GatewayTest, PathsOutsideTheApiAndDotSegmentsNeverReachTheStore) {
  const TestGateway gateway(store, loops);
  EXPECT_THAT(gateway.ask("GET /v3/x").first, HasSubstr("HTTP/1.1 404 "));
  EXPECT_THAT(gateway.ask("GET /v2/namespaces/%2e%2e/metadata").first, HasSubstr("HTTP/1.1 422 "));
  EXPECT_TRUE(store.calls().empty());
  EXPECT_THAT(gateway.ask("PUT /v2/namespaces/n/new").first, HasSubstr("HTTP/1.1 200 "));
  EXPECT_EQ(store.last().kind, store::CallKind::kPlainWrite);
}

TEST_F(GatewayTest, TheDeadlineIsThatOfTheRouteOrTheCallers) {
  const TestGateway gateway(store, loops);
  const auto patience = [&](const std::string& line, const std::string& headers) {
    gateway.ask(line, "", headers);
    return store.last().deadline - async::SteadyClock::now();
  };
  using std::chrono::seconds;
  EXPECT_GT(patience("POST /v2/namespaces/n", ""), seconds(100));
  EXPECT_LT(patience("GET /v1/namespaces", ""), seconds(31));
  EXPECT_LT(patience("GET /v1/namespaces", "x-layer-timeout-ms: 5000\r\n"), seconds(6));
  const std::size_t asked = store.calls().size();
  for (const std::string wrong : {"0", "30001", "soon", "-1"}) {
    EXPECT_THAT(
        gateway.ask("GET /v1/namespaces", "", "x-layer-timeout-ms: " + wrong + "\r\n").first,
        HasSubstr("HTTP/1.1 422 "))
        << wrong;
  }
  EXPECT_EQ(store.calls().size(), asked);
}

TEST_F(GatewayTest, AFailureOfTheStoreIsPrintedWithItsFields) {
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return std::unexpected(Error{.code = ErrorCode::kStoreUnavailable,
                                    .message = "the store 'default' is resting",
                                    .fields = {{.name = "store", .value = "default"},
                                               {.name = "retry_after_ms", .value = "4200"}}});
  });
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 503 "));
  EXPECT_THAT(head, HasSubstr("retry-after: 5\r\nretry-after-ms: 4200\r\n"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"("error":"store_unavailable","message":"the store 'default' is resting","store":"default")"));
}

TEST_F(GatewayTest, AnExceptionIsAnInternalErrorWithATrace) {
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    throw std::runtime_error("secret detail");
    co_return store::Answer{};
  });
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 500 "));
  EXPECT_THAT(body, HasSubstr(R"("error":"internal")"));
  EXPECT_THAT(body, Not(HasSubstr("secret")));
  EXPECT_EQ(gateway.gateway.in_flight(), 0U);
}

TEST_F(GatewayTest, AbsoluteLocationsOnTheStoreLeadBackHere) {
  store.set_origin("https://store.example");
  store.script(always([] {
    return answer(202, "{}",
                  {{"location", "https://store.example/v1/namespaces/n/operations/t"},
                   {"preference-applied", "respond-async"}});
  }));
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("POST /v2/namespaces/n");
  EXPECT_THAT(head, HasSubstr("location: http://gateway.example/v1/namespaces/n/operations/t\r\n"));
  EXPECT_THAT(head, HasSubstr("preference-applied: respond-async\r\n"));
}

TEST_F(GatewayTest, TooManyRequestsInFlightAreTurnedAway) {
  std::atomic<bool> release{false};
  store.script([&](const SeenCall&) -> async::Task<Result<store::Answer>> {
    while (!release) {
      co_await async::sleep_for(std::chrono::milliseconds(1));
    }
    co_return answer(200, "{}");
  });
  const TestGateway gateway(store, loops, {.options = {.access_log = false, .in_flight_max = 1}});
  http::testing::TestSocket busy(gateway.port());
  busy.send("GET /v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n");
  while (store.calls().empty()) {
    std::this_thread::yield();
  }
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 503 "));
  EXPECT_THAT(head, HasSubstr("retry-after: 1\r\n"));
  EXPECT_THAT(body, HasSubstr(R"("error":"service_unavailable")"));
  release = true;
  EXPECT_THAT(busy.read_response().first, HasSubstr("HTTP/1.1 200 "));
}

TEST_F(GatewayTest, DrainingRefusesAfterTheKeyWasChecked) {
  TestGateway gateway(store, loops);
  gateway.gateway.refuse_new();
  EXPECT_THAT(gateway.send("GET /v1/namespaces HTTP/1.1\r\nHost: x\r\n\r\n").first,
              HasSubstr("HTTP/1.1 401 "));
  const auto [head, body] = gateway.ask("GET /v1/namespaces");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 503 "));
  EXPECT_THAT(body, HasSubstr(R"("error":"gateway_draining")"));
  EXPECT_TRUE(store.calls().empty());
}

TEST_F(GatewayTest, HeadAnswersHaveNoBody) {
  store.script(always([] { return answer(200, ""); }));
  const TestGateway gateway(store, loops);
  http::testing::TestSocket client(gateway.port());
  client.send(
      "HEAD /v1/namespaces/n HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
      "Connection: close\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), ::testing::EndsWith("\r\n\r\n"));
  EXPECT_EQ(store.last().method, "HEAD");
}

// A route of the gateway's own with an answer worth packing.
class LongAnswer final : public RouteHandler {
 public:
  async::Task<Result<http::Response>> handle(Exchange&) override {
    co_return http::json_response(200, "[" + std::string(5000, ' ') + "]");
  }
};

TEST_F(GatewayTest, AnswersOfTheGatewayArePackedForWhoAcceptsIt) {
  LongAnswer handler;
  TestGateway gateway(store, loops, {.auth = AuthSetting::kOpen});
  gateway.handlers.serve(RouteId::kStores, handler);
  const auto plain = gateway.ask("GET /v2/vectorstores");
  EXPECT_EQ(plain.second.size(), 5002U);
  const auto zstd = gateway.ask("GET /v2/vectorstores", "", "Accept-Encoding: gzip, zstd\r\n");
  EXPECT_THAT(zstd.first, HasSubstr("content-encoding: zstd\r\n"));
  EXPECT_EQ(http::unzstd(zstd.second, 1 << 20U).value(), plain.second);
  const auto gzip = gateway.ask("GET /v2/vectorstores", "", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(gzip.first, HasSubstr("content-encoding: gzip\r\n"));
  EXPECT_EQ(http::gunzip(gzip.second, 1 << 20U).value(), plain.second);
}

TEST_F(GatewayTest, AStoresAnswerIsNeverPacked) {
  store.script(always([] { return answer(200, std::string(5000, 'x')); }));
  const TestGateway gateway(store, loops);
  const auto [head, body] = gateway.ask("GET /v1/namespaces", "", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(body, std::string(5000, 'x'));
  EXPECT_THAT(head, Not(HasSubstr("content-encoding")));
}

TEST_F(GatewayTest, RequestsAreCountedByRouteClassAndSource) {
  const TestGateway gateway(store, loops);
  gateway.ask("POST /v2/namespaces/films/query", "{}");
  gateway.ask("GET /elsewhere");
  const std::string text = gateway.metrics.print();
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(layer_requests_total{route="query",status_class="2xx",served_by="upstream"} 1)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(layer_requests_total{route="unknown",status_class="4xx",served_by="none"} 1)"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(layer_query_duration_seconds_count{pipeline_id="direct",namespace="films",status="ok"} 1)"));
}

TEST_F(GatewayTest, RefusedCallersUseUpNoNamespaceLabels) {
  const TestGateway gateway(store, loops);
  gateway.send("POST /v2/namespaces/secret/query HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(gateway.metrics.print(), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace layer::gateway
