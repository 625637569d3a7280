#include "gateway/routes/write.h"

#include <gtest/gtest.h>

#include <string>

#include "features/freshness/write_token.h"
#include "gateway/routes/test_rig.h"
#include "http/gzip.h"

namespace layer::gateway {
namespace {

constexpr const char* kPath = "/v2/namespaces/n";
const std::string kStamp = R"("_hevlayer_upserted_at":1700000000000)";

class WriteRouteTest : public ::testing::Test, protected RouteRig {
 protected:
  RouteRig::Answer write(std::string body, http::Headers headers = {}) {
    return call(route, "POST", kPath, std::move(body), std::move(headers));
  }
  features::freshness::WriteToken opened(const RouteRig::Answer& answer) {
    EXPECT_TRUE(answer.token.has_value());
    const auto token =
        features::freshness::open_write_token(answer.token.value_or(""), signer, kNow);
    EXPECT_TRUE(token.has_value());
    return token.value_or(features::freshness::WriteToken{});
  }

  WriteRoute route{{.proxy = proxy,
                    .auth = auth,
                    .settings = settings,
                    .hlc = hlc,
                    .clock = clock,
                    .signer = signer,
                    .pool = pool},
                   {.held_bytes_max = features::writes::held_body_bytes_max,
                    .decoded_bytes_max = core::limits::request_body_bytes_max}};
};

TEST_F(WriteRouteTest, StampsRowsAndGivesAToken) {
  const auto answer = write(R"({"upsert_rows":[{"id":1,"a":"x"}]})");
  ASSERT_TRUE(answer.response.has_value());
  EXPECT_EQ(answer.response->body, R"({"status":"OK"})");
  EXPECT_EQ(store.last.body, R"({"upsert_rows":[{"id":1,"a":"x",)" + kStamp + "}]}");
  EXPECT_EQ(store.last.kind, store::CallKind::kPlainWrite);
  EXPECT_EQ(answer.rows_written, 1U);
  const auto token = opened(answer);
  EXPECT_EQ(token.ns, "n");
  EXPECT_EQ(token.stamp.ms, kNow);
  ASSERT_TRUE(token.witness.has_value());
  EXPECT_EQ(token.witness->id, wire::Id(std::uint64_t{1}));
}

TEST_F(WriteRouteTest, StampsRiseWithEachWrite) {
  write(R"({"upsert_rows":[{"id":1}]})");
  write(R"({"upsert_rows":[{"id":1}]})");
  EXPECT_NE(store.last.body.find(R"("_hevlayer_upserted_at":1700000000001)"), std::string::npos);
}

TEST_F(WriteRouteTest, RefusesReservedNamesWithoutAskingTheStore) {
  const auto answer = write(R"({"upsert_rows":[{"id":1,"_hevlayer_x":1}]})");
  ASSERT_FALSE(answer.response.has_value());
  EXPECT_EQ(answer.response.error().code, ErrorCode::kValidation);
  EXPECT_EQ(store.calls, 0);
}

TEST_F(WriteRouteTest, PassesOnWhatIsNoWriteOfRows) {
  for (const std::string body :
       {"no json", R"({"schema":{"a":"string"}})", R"({"upsert_rows":{}})", ""}) {
    write(body);
    EXPECT_EQ(store.last.body, body);
  }
}

TEST_F(WriteRouteTest, PassesOnEverythingWhereNothingApplies) {
  settings.settings.rules.stamp = false;
  const std::string body = R"({"upsert_rows":[{"id":1,"_hevlayer_x":1}]})";
  const auto answer = write(body);
  EXPECT_EQ(store.last.body, body);
  EXPECT_FALSE(opened(answer).witness.has_value());
}

TEST_F(WriteRouteTest, GivesNoTokenUnlessTheStoreSaysYes) {
  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return store::Answer{.status = 400, .body = "no"};
  };
  const auto refused = write(R"({"upsert_rows":[{"id":1}]})");
  ASSERT_TRUE(refused.response.has_value());
  EXPECT_EQ(refused.response->status, 400);
  EXPECT_FALSE(refused.token.has_value());

  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return std::unexpected(Error{.code = ErrorCode::kUpstream,
                                 .message = "the connection broke",
                                 .fields = {{.name = "outcome", .value = "unknown"}}});
  };
  const auto lost = write(R"({"upsert_rows":[{"id":1}]})");
  ASSERT_FALSE(lost.response.has_value());
  EXPECT_EQ(lost.response.error().fields.at(0).value, "unknown");
  EXPECT_FALSE(lost.token.has_value());
}

TEST_F(WriteRouteTest, SendsAnEditedGzipBodyUncoded) {
  write(http::gzip(R"({"upsert_rows":[{"id":1}]})"), {{"content-encoding", "gzip"}});
  EXPECT_EQ(store.last.body, R"({"upsert_rows":[{"id":1,)" + kStamp + "}]}");
  EXPECT_FALSE(store.last.headers.find("content-encoding").has_value());
}

TEST_F(WriteRouteTest, SendsAGzipBodyWithoutEditsAsItCame) {
  const std::string coded = http::gzip(R"({"deletes":[1,2]})");
  const auto answer = write(coded, {{"content-encoding", "gzip"}});
  EXPECT_EQ(store.last.body, coded);
  EXPECT_EQ(store.last.headers.find("content-encoding"), "gzip");
  EXPECT_EQ(opened(answer).witness->kind, features::freshness::WitnessKind::kDelete);
}

TEST_F(WriteRouteTest, StampsLargeBodiesOnThePool) {
  std::string body = R"({"upsert_rows":[{"id":1,"text":")" + std::string(2'000'000, 'x') + "\"}]}";
  write(body);
  const std::string want = body.insert(body.size() - 3, "," + kStamp);
  EXPECT_TRUE(store.last.body == want);
  EXPECT_FALSE(store.streamed);
}

TEST_F(WriteRouteTest, StampsBodiesTooLargeToHoldAsTheyPass) {
  const std::string row = R"({"id":1,"text":")" + std::string(1'000'000, 'x') + "\"}";
  const std::string stamped = row.substr(0, row.size() - 1) + "," + kStamp + "}";
  std::string body = R"({"upsert_rows":[)";
  std::string want = body;
  for (int i = 0; i < 70; ++i) {
    body += (i > 0 ? "," : "") + row;
    want += (i > 0 ? "," : "") + stamped;
  }
  body += "]}";
  want += "]}";
  const auto answer = write(std::move(body));
  EXPECT_TRUE(store.streamed);
  EXPECT_TRUE(store.last.body == want);
  EXPECT_TRUE(opened(answer).witness.has_value());
}

TEST_F(WriteRouteTest, LetsTheStoreJudgeOddNamespaces) {
  const std::string body = R"({"upsert_rows":[{"id":1}]})";
  call(route, "POST", "/v2/namespaces/a%20b", body);
  EXPECT_EQ(store.last.body, body);
  EXPECT_EQ(store.last.target, "/v2/namespaces/a%20b");
}

}  // namespace
}  // namespace layer::gateway
