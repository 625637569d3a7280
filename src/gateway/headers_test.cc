// What headers, locations and query strings become on their way.
#include <gtest/gtest.h>

#include "gateway/cors.h"
#include "gateway/forward_headers.h"
#include "gateway/location.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

std::string text(const http::Headers& headers) {
  std::string out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    out += std::string(headers[i].first) + "=" + std::string(headers[i].second) + ";";
  }
  return out;
}

TEST(ForwardHeaders, EndToEndFieldsGoOnInTheirOrderAndSpelling) {
  constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  http::Request request;
  request.headers = {{"Host", "gateway"},
                     {"Authorization", "Bearer k"},
                     {"User-Agent", "Turbopuffer/Python 2.8.0"},
                     {"prefer", "respond-async"},
                     {"Connection", "keep-alive, X-Hop"},
                     {"X-Hop", "1"},
                     {"Keep-Alive", "timeout=5"},
                     {"TE", "trailers"},
                     {"Upgrade", "h2c"},
                     {"Content-Length", "3"},
                     {"Transfer-Encoding", "chunked"},
                     {"Expect", "100-continue"},
                     {"X-Layer-Timeout-Ms", "5"},
                     {"x-hevlayer-tag", "a"},
                     {"X-Custom", "1"},
                     {"X-Custom", "2"},
                     {"Content-Encoding", "zstd"},
                     {"traceparent", kTrace},
                     {"Accept-Encoding", "gzip, br"}};
  const Exchange exchange(request, match_route("GET", "/v1/namespaces"));
  const std::string always =
      "User-Agent=Turbopuffer/Python 2.8.0;prefer=respond-async;X-Custom=1;X-Custom=2;";
  const std::string end = "accept-encoding=gzip;traceparent=" + std::string(kTrace) + ";";
  EXPECT_EQ(text(forward_headers(exchange, false)), always + "Content-Encoding=zstd;" + end);
  EXPECT_EQ(text(forward_headers(exchange, true)), always + end);
}

TEST(ForwardHeaders, AcceptEncodingNamesGzipAndIdentityOnly) {
  EXPECT_EQ(restrict_accept_encoding({}), "identity");
  EXPECT_EQ(restrict_accept_encoding({{"accept-encoding", "br, zstd, *"}}), "identity");
  EXPECT_EQ(restrict_accept_encoding(
                {{"accept-encoding", "deflate, GZIP;q=0.5"}, {"Accept-Encoding", "identity;q=0"}}),
            "GZIP;q=0.5, identity;q=0");
}

TEST(Location, OnTheStoreBecomesTheCallersOrigin) {
  const http::Headers request{{"host", "layer.example:8080"}};
  const auto moved = [&](std::string_view location) {
    return caller_location(location, "https://store.example", request, false);
  };
  EXPECT_EQ(moved("https://store.example/v1/namespaces/n/operations/t"),
            "http://layer.example:8080/v1/namespaces/n/operations/t");
  EXPECT_EQ(moved("HTTPS://Store.Example?x=1"), "http://layer.example:8080?x=1");
  EXPECT_EQ(moved("https://store.example"), "http://layer.example:8080/");
  EXPECT_EQ(moved("/v1/namespaces/n/operations/t"), std::nullopt);
  EXPECT_EQ(moved("https://store.example.evil/v1"), std::nullopt);
  EXPECT_EQ(moved("https://store.example:444/v1"), std::nullopt);
  EXPECT_EQ(moved("http://store.example/v1"), std::nullopt);
}

TEST(Location, TheSchemeIsTheListenersOrThatOfTheProxyInFront) {
  const auto moved = [](const http::Headers& request, bool tls) {
    return caller_location("http://s/x", "http://s", request, tls).value_or("-");
  };
  EXPECT_EQ(moved({{"host", "h"}}, true), "https://h/x");
  EXPECT_EQ(moved({{"host", "h"}, {"x-forwarded-proto", "https, http"}}, false), "https://h/x");
  EXPECT_EQ(moved({{"host", "h"}, {"x-forwarded-proto", "gopher"}}, false), "http://h/x");
  EXPECT_EQ(moved({}, false), "/x");
}

TEST(Cors, OnlyListedOriginsSeeAnything) {
  const Cors cors({"https://app.example"});
  http::Headers answer;
  cors.allow({{"origin", "https://other.example"}}, answer);
  cors.allow({}, answer);
  EXPECT_TRUE(answer.empty());
  cors.allow({{"origin", "https://app.example"}}, answer);
  EXPECT_EQ(answer.find("access-control-allow-origin"), "https://app.example");
  EXPECT_NE(answer.find("access-control-expose-headers")->find("x-layer-write-token"),
            std::string_view::npos);
}

TEST(Cors, PreflightsOfListedOriginsAreAnswered) {
  const Cors cors({"https://app.example"});
  http::Request request;
  request.method = "OPTIONS";
  request.headers = {{"origin", "https://app.example"},
                     {"access-control-request-method", "POST"},
                     {"access-control-request-headers", "authorization"}};
  const auto answer = cors.preflight(request);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->headers.find("access-control-allow-headers"), "authorization");
  EXPECT_FALSE(Cors({}).preflight(request).has_value());
  request.headers = {{"origin", "https://app.example"}};
  EXPECT_FALSE(cors.preflight(request).has_value());
}

TEST(Percent, IsDecodedOnceAndLeftWhereItIsNone) {
  EXPECT_EQ(percent_decode("a%20b%2Fc+d"), "a b/c+d");
  EXPECT_EQ(percent_decode("%252e"), "%2e");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(query_parameter("a=1&layer=true&b=x+y%21", "b"), "x y!");
  EXPECT_EQ(query_parameter("a&b=", "a"), "");
  EXPECT_EQ(query_parameter("a=1", "c"), std::nullopt);
}

}  // namespace
}  // namespace layer::gateway
