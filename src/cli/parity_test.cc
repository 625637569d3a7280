#include <gtest/gtest.h>

#include <fmt/format.h>

#include "cli/parity_compare.h"
#include "cli/parity_run.h"
#include "http/gzip.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

constexpr std::string_view kText = R"(# a comment
== One
POST /v2/namespaces/$ns2
> accept-encoding: gzip
{"a":
  "$ns"}
200 {"rows":
  []}
GET /v1/namespaces/$ns/schema
404

== Two
POST /v2/namespaces/$ns3
raw [[[
400
)";

TEST(ParityCases, ReadRequestsAndSkipWhatIsExpected) {
  const auto cases = read_parity_cases("x.case", kText);
  ASSERT_EQ(cases.size(), 2U);
  ASSERT_EQ(cases[0].exchanges.size(), 2U);
  const auto& first = cases[0].exchanges[0];
  EXPECT_EQ(first.method + " " + first.target, "POST /v2/namespaces/$ns2");
  EXPECT_EQ(first.body, "{\"a\":\n  \"$ns\"}");
  ASSERT_EQ(first.headers.size(), 1U);
  EXPECT_EQ(first.headers[0].second, "gzip");
  EXPECT_EQ(first.line, 3U);
  EXPECT_EQ(cases[0].exchanges[1].body, "");
  EXPECT_EQ(cases[1].exchanges[0].body, "[[[");
  EXPECT_EQ(with_names("$ns/$ns2?$ns3$n", "p"), "p-ns/p-ns2?p-ns3$n");
}

TEST(ParityCases, TheGoldenCasesTravelInTheBinary) {
  const auto cases = embedded_parity_cases();
  EXPECT_GT(cases.size(), 80U);
  for (const auto& each : cases) {
    EXPECT_FALSE(each.exchanges.empty()) << each.file << ": " << each.name;
  }
}

ProbeAnswer answer(int status, std::string body, http::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST(ParityCompare, NamesAndTimesMayDifferAndNothingElse) {
  const auto store = comparable(
      answer(200, R"({"ns":"run-s1-ns","performance":{"server_total_ms":3},"x":[1]})"), "run-s1");
  EXPECT_EQ(
      store,
      comparable(answer(200, R"({"ns":"run-g1-ns","performance":{"server_total_ms":12},"x":[1]})"),
                 "run-g1"));
  for (const std::string_view other :
       {R"({"ns":"run-g1-ns","performance":{"server_total_ms":3},"x":[2]})",
        R"({"ns":"run-g1-ns", "performance":{"server_total_ms":3},"x":[1]})",
        R"({"ns":"other-ns","performance":{"server_total_ms":3},"x":[1]})"}) {
    const auto found = difference(store, comparable(answer(200, std::string(other)), "run-g1"));
    ASSERT_TRUE(found) << other;
    EXPECT_EQ(found->what, "body");
  }
  EXPECT_EQ(difference(store, comparable(answer(201, "x"), "run-g1"))->what, "status");
}

TEST(ParityCompare, AGatewayAddsOnlyWhatItsListNames) {
  const auto store = comparable(answer(200, "x", {{"Content-Type", "application/json"}}), "run-s1");
  const auto added = comparable(answer(200, "x",
                                       {{"content-type", "application/json"},
                                        {"x-layer-served-by", "upstream"},
                                        {"traceparent", "00-1"},
                                        {"server-timing", "layer;dur=1"},
                                        {"date", "now"}}),
                                "run-g1");
  EXPECT_EQ(difference(store, added), std::nullopt);
  const auto foreign = comparable(
      answer(200, "x", {{"content-type", "application/json"}, {"x-layer-secret", "1"}}), "run-g1");
  EXPECT_EQ(difference(store, foreign)->what, "headers");
  EXPECT_EQ(difference(store, comparable(answer(200, "x"), "run-g1"))->what, "headers");
}

TEST(ParityCompare, PackedBodiesAreComparedByTheirText) {
  const http::Headers packed{{"content-encoding", "gzip"}};
  EXPECT_EQ(comparable(answer(200, http::gzip(R"({"token":"a"})", 1), packed), "stem-1"),
            comparable(answer(200, http::gzip(R"({"token":"b"})", 9), packed), "s"));
}

TEST(ParityCompare, SizesPlacesAndExportsAreWhatStampsChange) {
  const auto plain =
      comparable(answer(400, R"({"approx_logical_bytes":8,"e":"line 1 column 4"})"), "stem-1");
  const auto other =
      comparable(answer(400, R"({"approx_logical_bytes":16,"e":"line 1 column 44"})"), "stem-1");
  EXPECT_NE(plain, other);
  EXPECT_EQ(without_stamps(plain), without_stamps(other));
  const auto body = [](std::string_view text) {
    return without_stamps(comparable(answer(200, std::string(text)), "stem-1")).body;
  };
  EXPECT_EQ(body(R"({"attributes":{"n":[1],"_hevlayer_upserted_at":[5]}})"),
            R"({"attributes":{"n":[1]}})");
  EXPECT_EQ(body(R"({"attributes":{"_hevlayer_upserted_at":[5],"n":[1]}})"),
            R"({"attributes":{"n":[1]}})");
  EXPECT_EQ(body(R"({"rows":[{"_hevlayer_upserted_at":5}]})"),
            R"({"rows":[{"_hevlayer_upserted_at":5}]})")
      << "a stamp that a query shows unasked is a difference";
}

// Two servers with one behaviour each; the run compares them.
struct ParityRunTest : ::testing::Test {
  static async::Task<http::Response> same(http::Request& request) {
    auto body = co_await http::read_all(*request.body, 1 << 20U);
    co_return http::json_response(200, fmt::format(R"({{"seen":"{}"}})", request.method));
  }

  std::string lie;
  std::vector<std::string> deleted;
  TestServer store{same};
  TestServer gateway{[this](http::Request& request) -> async::Task<http::Response> {
    auto response = co_await same(request);
    if (request.method == "DELETE") {
      deleted.push_back(request.target);
    } else if (request.method == "GET" && !lie.empty()) {
      response.body = lie;
    }
    co_return response;
  }};

  static std::unique_ptr<Prober> prober(const TestServer& server) {
    auto base = http::parse_base_url("http://127.0.0.1:" + std::to_string(server.port()));
    return std::move(*Prober::make(std::move(*base), "k", std::chrono::seconds(10)));
  }
  ParityResult run() {
    const auto cases = read_parity_cases("x.case", kText);
    auto result = run_parity(*prober(store), *prober(gateway), cases,
                             {.prefix = "p", .proceed = [](auto, auto) { return true; }});
    return std::move(*result);
  }
};

TEST_F(ParityRunTest, EqualServersAreEqualAndTheFingerprintIsOfWhatWasSaid) {
  const auto first = run();
  EXPECT_EQ(first.cases, 2U);
  EXPECT_EQ(first.exchanges, 3U);
  EXPECT_TRUE(first.differences.empty());
  EXPECT_TRUE(first.left_behind.empty());
  EXPECT_EQ(first.fingerprint.size(), 64U);
  EXPECT_EQ(first.fingerprint, run().fingerprint);
  EXPECT_EQ(deleted,
            (std::vector<std::string>{"/v2/namespaces/p-g0001-ns2", "/v2/namespaces/p-g0002-ns3",
                                      "/v2/namespaces/p-g0001-ns2", "/v2/namespaces/p-g0002-ns3"}))
      << "what each case wrote to, in two runs";
}

TEST_F(ParityRunTest, ALieIsFoundAndPlaced) {
  lie = "{}";
  const auto result = run();
  ASSERT_EQ(result.differences.size(), 1U);
  EXPECT_EQ(result.differences[0].where, "x.case:9");
  EXPECT_EQ(result.differences[0].found.what, "body");
  EXPECT_EQ(result.differences[0].found.gateway, "{}");
}

}  // namespace
}  // namespace layer::cli
