#include "gateway/routes/cut_query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/routes/query.h"
#include "gateway/routes/test_rig.h"

namespace layer::gateway {
namespace {

using features::freshness::Stability;

constexpr const char* kQuery = "/v2/namespaces/n/query";
const std::string kStable = R"({"top_k":1,"consistency":{"level":"stable"}})";
const std::string kEventual = R"({"top_k":1,"consistency":{"level":"eventual"}})";
const std::string kCut = R"("filters":["_hevlayer_upserted_at","Lte",500],)";

class GivenStability final : public features::freshness::StabilitySource {
 public:
  Stability look(std::string_view) override {
    ++looks;
    return given;
  }
  Stability peek(std::string_view) override { return given; }
  Stability given;
  int looks = 0;
};

class CutQueryTest : public ::testing::Test, protected RouteRig {
 protected:
  Answer query(std::string body) { return call(route, "POST", kQuery, std::move(body)); }
  static std::string header(const Answer& answer, std::string_view name) {
    return std::string(answer.added.find(name).value_or("absent"));
  }
  // Answers in turn; the last one repeats. Keeps the bodies that were sent.
  struct Told {
    int status = 200;
    std::string body{};
  };
  void answers(std::vector<Told> list) {
    store.answer = [this, list](const store::Call& seen) -> Result<store::Answer> {
      sent.push_back(seen.body);
      const Told& next = list.at(std::min(sent.size(), list.size()) - 1);
      return store::Answer{.status = next.status, .body = next.body};
    };
  }

  std::vector<std::string> sent;
  GivenStability stability;
  QueryRoute route{{.proxy = proxy,
                    .settings = settings,
                    .hlc = hlc,
                    .clock = clock,
                    .signer = signer,
                    .pool = pool,
                    .stability = stability,
                    .metrics = metrics,
                    .legs = legs,
                    .searcher = searcher},
                   core::limits::request_body_bytes_max};
};

TEST_F(CutQueryTest, LeavesPlainQueriesAlone) {
  stability.given = {.stable_as_of_ms = 500};
  for (const std::string body : {R"({"top_k":1})", R"({"consistency":{"level":"strong"}})"}) {
    const auto answer = query(body);
    EXPECT_EQ(store.last.body, body);
    EXPECT_EQ(header(answer, "x-layer-stable-as-of"), "500");
    EXPECT_EQ(header(answer, "x-layer-stable-cut"), "absent");
  }
  EXPECT_EQ(stability.looks, 0) << "a plain query watches nothing";
}

TEST_F(CutQueryTest, ReadsAnIndexThatIsUpToDateWithoutACut) {
  stability.given = {.stable_as_of_ms = 500, .stable = true};
  const auto answer = query(kStable);
  EXPECT_EQ(store.last.body, kEventual);
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "false");
  EXPECT_EQ(header(answer, "x-layer-stable-as-of"), "500");
}

TEST_F(CutQueryTest, CutsAtTheWatermarkOfAnIndexThatIsBehind) {
  stability.given = {.stable_as_of_ms = 500};
  const auto answer = query(kStable);
  EXPECT_EQ(store.last.body, "{" + kCut + kEventual.substr(1));
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "true");
  EXPECT_NE(metrics.print().find(R"(layer_stable_reads_total{namespace="n",cut="true"} 1)"),
            std::string::npos);
}

TEST_F(CutQueryTest, AsksStronglyAndWarnsWithoutAWatermark) {
  const auto answer = query(kStable);
  EXPECT_EQ(store.last.body, R"({"top_k":1,"consistency":{"level":"strong"}})");
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "false");
  EXPECT_EQ(header(answer, "x-layer-stable-as-of"), "absent");
  EXPECT_EQ(answer.warnings, "watermark_unknown");
}

TEST_F(CutQueryTest, TakesTheLevelOfTheIndexWhereTheBodyNamesNone) {
  settings.settings.reads_stable = true;
  stability.given = {.stable_as_of_ms = 500, .stable = true};
  query(R"({"top_k":1})");
  EXPECT_EQ(store.last.body, R"({"consistency":{"level":"eventual"},"top_k":1})");
  query(R"({"consistency":{"level":"strong"}})");
  EXPECT_EQ(store.last.body, R"({"consistency":{"level":"strong"}})");
  query("no json");
  EXPECT_EQ(store.last.body, "no json");
}

TEST_F(CutQueryTest, AsksOnceMoreWithTheCutWhenTheStoreAsksForPatience) {
  stability.given = {.stable_as_of_ms = 500, .stable = true};
  answers({{.status = 429}, {.body = "{}"}});
  const auto answer = query(kStable);
  EXPECT_EQ(sent, (std::vector<std::string>{kEventual, "{" + kCut + kEventual.substr(1)}));
  EXPECT_EQ(answer.response->status, 200);
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "true");
}

TEST_F(CutQueryTest, RelaysTheSecondRequestForPatience) {
  stability.given = {.stable_as_of_ms = 500, .stable = true};
  answers({{.status = 429}});
  EXPECT_EQ(query(kStable).response->status, 429);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(CutQueryTest, LeavesTheCutOutWhereTheStoreKnowsNoStamps) {
  stability.given = {.stable_as_of_ms = 500};
  answers({{.status = 400, .body = R"({"error":"no attribute _hevlayer_upserted_at"})"}, {}});
  const auto answer = query(kStable);
  EXPECT_EQ(sent.back(), kEventual);
  EXPECT_EQ(answer.response->status, 200);
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "false");
}

TEST_F(CutQueryTest, RelaysOtherErrorsOfTheStore) {
  stability.given = {.stable_as_of_ms = 500};
  answers({{.status = 400, .body = R"({"error":"no attribute price"})"}});
  EXPECT_EQ(query(kStable).response->body, R"({"error":"no attribute price"})");
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(CutQueryTest, FiltersByTheTimeOfTheLastWrite) {
  const auto answer = query(R"({"top_k":1,"written_before":500})");
  EXPECT_EQ(store.last.body, "{" + kCut + R"("top_k":1})");
  EXPECT_EQ(header(answer, "x-layer-stable-cut"), "absent");
  const auto refused = query(R"({"between":[5,5]})");
  ASSERT_FALSE(refused.response);
  EXPECT_EQ(refused.response.error().code, ErrorCode::kValidation);
}

TEST_F(CutQueryTest, RefusesBothWhereWritesCarryNoStamps) {
  settings.settings.rules.stamp = false;
  for (const std::string& body : {kStable, std::string(R"({"as_of":5})")}) {
    const auto refused = query(body);
    ASSERT_FALSE(refused.response);
    EXPECT_EQ(refused.response.error().code, ErrorCode::kFeatureUnavailable);
  }
  EXPECT_EQ(store.calls, 0);
}

}  // namespace
}  // namespace layer::gateway
