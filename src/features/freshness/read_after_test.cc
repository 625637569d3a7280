#include "features/freshness/read_after.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "async/loops.h"
#include "async/run.h"

namespace layer::features::freshness {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

// Answers the n-th call with the n-th answer, the last one for ever.
class ScriptedStore final : public store::VectorStore {
 public:
  async::Task<Result<store::Answer>> send(store::Call call) override {
    calls.push_back(std::move(call));
    if (failure) {
      co_return std::unexpected(*failure);
    }
    const auto& [status, body] = answers[std::min(calls.size(), answers.size()) - 1];
    store::Answer answer;
    answer.status = status;
    answer.body = body;
    co_return answer;
  }
  std::string_view name() const override { return "default"; }
  std::string_view kind() const override { return kind_name; }
  const store::Capabilities& capabilities() const override { return declared; }
  store::StoreStatus status() const override { return {}; }

  std::vector<std::pair<int, std::string>> answers;
  std::vector<store::Call> calls;
  std::optional<Error> failure;
  std::string kind_name = "turbopuffer";
  store::Capabilities declared;
};

std::string row_with_stamp(std::int64_t stamp) {
  return R"({"rows":[{"id":7,"_hevlayer_upserted_at":)" + std::to_string(stamp) +
         R"(}],"performance":{}})";
}
const std::string kNoRow = R"({"rows":[],"performance":{}})";

class ReadAfterTest : public ::testing::Test {
 protected:
  ReadAfterTest() {
    after.timeout = std::chrono::milliseconds(30);
    after.tokens.push_back({.ns = "docs",
                            .stamp = {.ms = kNow},
                            .acknowledged_ms = kNow + 5,
                            .witness = Witness{.id = std::uint64_t{7}}});
    pace.pauses.fill(std::chrono::milliseconds(1));
  }
  Result<void> wait(ReadLevel level = ReadLevel::kEventual) {
    return async::run_blocking(
        loops.at(0), [&] { return wait_for_writes(after, target, level, request_deadline, pace); });
  }
  WriteToken& token() { return after.tokens.front(); }

  async::Loops loops{1};
  ScriptedStore scripted;
  ReadTarget target{.store = scripted, .ns = "docs", .physical = "docs-v2", .authorization = "B x"};
  ReadAfter after;
  ReadAfterPace pace;
  async::TimePoint request_deadline = async::TimePoint::max();
};

TEST_F(ReadAfterTest, StrongReadsSeeEveryWriteAndAskNothing) {
  EXPECT_TRUE(wait(ReadLevel::kStrong));
  EXPECT_TRUE(scripted.calls.empty());
}

TEST_F(ReadAfterTest, TheEmbeddedEngineSeesEveryWriteAtEveryLevel) {
  scripted.kind_name = "embedded";
  EXPECT_TRUE(wait());
  EXPECT_TRUE(scripted.calls.empty());
}

TEST_F(ReadAfterTest, AsksForTheWitnessAtLevelEventual) {
  scripted.answers = {{200, row_with_stamp(kNow)}};
  ASSERT_TRUE(wait());
  ASSERT_EQ(scripted.calls.size(), 1U);
  const store::Call& call = scripted.calls[0];
  EXPECT_EQ(call.method + " " + call.target, "POST /v2/namespaces/docs-v2/query");
  EXPECT_EQ(call.authorization, "B x");
  EXPECT_EQ(call.kind, store::CallKind::kGatewayRead);
  EXPECT_EQ(call.body, R"({"filters":["id","Eq",7],"rank_by":["id","asc"],"top_k":1,)"
                       R"("include_attributes":["_hevlayer_upserted_at"],)"
                       R"("consistency":{"level":"eventual"}})");
}

TEST_F(ReadAfterTest, WaitsUntilTheRowsStampReachesTheTokens) {
  scripted.answers = {{200, kNoRow},
                      {200, row_with_stamp(kNow - 1)},
                      {429, "slow down"},
                      {200, "not json"},
                      {200, row_with_stamp(kNow)}};
  after.timeout = std::chrono::seconds(60);
  EXPECT_TRUE(wait());
  EXPECT_EQ(scripted.calls.size(), 5U);
}

TEST_F(ReadAfterTest, ADeleteIsSeenByAbsenceOrByANewerRow) {
  token().witness->kind = WitnessKind::kDelete;
  after.timeout = std::chrono::seconds(60);
  for (const std::string& last : {kNoRow, row_with_stamp(kNow + 1)}) {
    scripted.calls.clear();
    scripted.answers = {{200, row_with_stamp(kNow)}, {200, last}};
    EXPECT_TRUE(wait());
    EXPECT_EQ(scripted.calls.size(), 2U);
  }
}

TEST_F(ReadAfterTest, ADeleteIsSeenWhereTheStoreKnowsNoStamps) {
  token().witness->kind = WitnessKind::kDelete;
  scripted.answers = {{400, "attribute not found in schema"}, {200, kNoRow}};
  ASSERT_TRUE(wait());
  EXPECT_EQ(scripted.calls[1].body.find("include_attributes"), std::string::npos);
}

TEST_F(ReadAfterTest, BelievesAStoreThatIsTwoSecondsPastTheAcknowledgement) {
  // 2023-11-14T22:13:20Z is kNow; the acknowledgement came 5 ms later.
  token().witness.reset();
  after.timeout = std::chrono::seconds(60);
  const auto until = [](std::string_view second) {
    return R"({"rows":[],"performance":{"last_included_write_at":"2023-11-14T22:13:)" +
           std::string(second) + R"(Z"}})";
  };
  scripted.answers = {{200, until("22.004000000")}, {200, until("22.005000000")}};
  EXPECT_TRUE(wait());
  EXPECT_EQ(scripted.calls.size(), 2U);
}

TEST_F(ReadAfterTest, RefusesTheReadWhenTheWriteIsNotVisibleInTime) {
  scripted.answers = {{200, row_with_stamp(kNow - 1)}};
  const auto refused = wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kReadAfterTimeout);
  ASSERT_EQ(refused.error().fields.size(), 2U);
  EXPECT_EQ(refused.error().fields[0].name, "waited_ms");
  EXPECT_GE(std::stoi(refused.error().fields[0].value), 30);
  EXPECT_EQ(refused.error().fields[1].value, std::to_string(kNow));
  EXPECT_GT(scripted.calls.size(), 1U);
}

TEST_F(ReadAfterTest, TheRequestsOwnDeadlineIsAGatewayTimeout) {
  scripted.answers = {{200, kNoRow}};
  after.timeout = std::chrono::seconds(60);
  request_deadline = async::SteadyClock::now() + std::chrono::milliseconds(5);
  const auto refused = wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kGatewayTimeout);
}

TEST_F(ReadAfterTest, TokensOfOtherNamespacesAndOlderIncarnationsAskNothing) {
  target.incarnation = 1;
  EXPECT_TRUE(wait());
  token().incarnation = 1;
  token().ns = "other";
  EXPECT_TRUE(wait());
  EXPECT_TRUE(scripted.calls.empty());
}

TEST_F(ReadAfterTest, EveryTokenOfTheNamespaceMustBeVisible) {
  after.tokens.push_back(token());
  after.tokens.back().stamp.ms = kNow + 10;
  scripted.answers = {{200, row_with_stamp(kNow)}};
  const auto refused = wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields[1].value, std::to_string(kNow + 10));
}

TEST_F(ReadAfterTest, ACallerWhomTheStoreRefusesIsAnsweredByItsRead) {
  scripted.answers = {{403, "no"}};
  EXPECT_TRUE(wait());
}

TEST_F(ReadAfterTest, AnUnreachableStoreIsItsError) {
  scripted.failure = Error{.code = ErrorCode::kStoreUnavailable, .message = "breaker open"};
  const auto failed = wait();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kStoreUnavailable);
}

TEST_F(ReadAfterTest, WithoutStampsOnlyWhatTheStoreSaysCanShowAnUpsert) {
  target.stamped = false;
  scripted.answers = {{200, R"({"rows":[{"id":7}],"performance":{}})"}};
  const auto refused = wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFeatureUnavailable);
  EXPECT_EQ(refused.error().fields[1].value, "stamp_off");
}

TEST_F(ReadAfterTest, LevelStableIsRefusedByName) {
  const auto refused = wait(ReadLevel::kStable);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFeatureUnavailable);
  EXPECT_EQ(refused.error().fields[0].value, "stable");
}

class ReadAfterHeaderTest : public ::testing::Test {
 protected:
  std::string token(std::int64_t stamp_ms) const {
    return *seal_write_token({.ns = "docs", .stamp = {.ms = stamp_ms}, .acknowledged_ms = kNow},
                             signer);
  }
  Result<ReadAfter> parse(const http::Headers& headers) {
    return parse_read_after(headers, signer, hlc, clock.wall_ms());
  }
  ErrorCode refused(const http::Headers& headers) {
    const auto parsed = parse(headers);
    return parsed ? ErrorCode::kInternal : parsed.error().code;
  }

  core::Signer signer = *core::Signer::make({std::string(32, 'k')});
  core::ManualClock clock{kNow};
  core::Metrics metrics;
  HybridClock hlc{clock, 1, metrics};
};

TEST_F(ReadAfterHeaderTest, WithoutTheHeaderThereIsNothingToWaitFor) {
  const auto parsed = parse({{"x-layer-read-timeout-ms", "nonsense"}});
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->empty());
}

TEST_F(ReadAfterHeaderTest, ReadsListsAndRepeatedHeaders) {
  const auto parsed = parse({{"X-Layer-Read-After", token(1) + ", " + token(2)},
                             {"x-layer-read-after", token(3)},
                             {"x-layer-read-timeout-ms", "60000"}});
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->tokens.size(), 3U);
  EXPECT_EQ(parsed->tokens[2].stamp.ms, 3);
  EXPECT_EQ(parsed->timeout, kReadTimeoutMax);
}

TEST_F(ReadAfterHeaderTest, TheClockSeesTheStamps) {
  ASSERT_TRUE(parse({{"x-layer-read-after", token(kNow + 4000)}}));
  EXPECT_EQ(hlc.now_ms(), kNow + 4000);
  EXPECT_EQ(refused({{"x-layer-read-after", token(kNow + 5001)}}), ErrorCode::kInvalidToken);
}

TEST_F(ReadAfterHeaderTest, RefusesTooManyTokensAndTimeoutsThatAreNone) {
  std::string nine = token(1);
  for (int i = 0; i < 8; ++i) {
    nine += "," + token(1);
  }
  EXPECT_EQ(refused({{"x-layer-read-after", nine}}), ErrorCode::kValidation);
  for (const std::string_view timeout : {"0", "60001", "-1", "5s", "", "99999999999"}) {
    EXPECT_EQ(refused({{"x-layer-read-after", token(1)}, {"x-layer-read-timeout-ms", timeout}}),
              ErrorCode::kValidation)
        << timeout;
  }
  EXPECT_EQ(refused({{"x-layer-read-after", "lw1.x"}}), ErrorCode::kInvalidToken);
}

}  // namespace
}  // namespace layer::features::freshness
