#include "gateway/auth/passthrough_verifier.h"

#include <latch>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "gateway/auth/test_store.h"
#include "gateway/auth/verdicts.h"

namespace layer::gateway {
namespace {

using std::chrono::seconds;

Result<store::Answer> status(int code) {
  return store::Answer{.status = code};
}

struct VerifierTest : ::testing::Test {
  Caller caller(const std::string& token = "tpuf_x",
                CallerKind kind = CallerKind::kPassthrough) const {
    return {std::make_shared<const Identity>(Identity{.name = "passthrough", .kind = kind}),
            sha256(token), core::Secret("Bearer " + token)};
  }
  Result<void> verify(Caller who, std::string ns = "films",
                      async::TimePoint deadline = async::TimePoint::max()) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<void>> {
      co_return co_await verifier.verify(who, store, ns, deadline);
    });
  }
  void answers(int code) {
    store.answer = [code](const store::Call&) { return status(code); };
  }

  async::Loops loops{2};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  Authenticator auth{{.policy = *AuthPolicy::make(AuthSetting::kPassthrough, {}),
                      .sources = {},
                      .metrics = metrics,
                      .log = log}};
  async::TimePoint now{};
  TestStore store;
  PassthroughVerifier verifier{auth, {.entries_max = 4, .now = [this] { return now; }}};
};

TEST_F(VerifierTest, AsksTheStoreWithTheCallersBearer) {
  EXPECT_TRUE(verify(caller()).has_value());
  EXPECT_EQ(store.last_target, "/v2/namespaces/films/metadata");
  EXPECT_EQ(store.last_authorization, "Bearer tpuf_x");
}

TEST_F(VerifierTest, AsksNothingForCallersTheGatewayKnows) {
  EXPECT_TRUE(verify(caller("k", CallerKind::kStaticKey)).has_value());
  EXPECT_TRUE(verify(caller("k", CallerKind::kOpen)).has_value());
  EXPECT_EQ(store.calls, 0);
}

TEST_F(VerifierTest, RemembersSuccessFor60Seconds) {
  EXPECT_TRUE(verify(caller()).has_value());
  now += seconds(59);
  EXPECT_TRUE(verify(caller()).has_value());
  EXPECT_EQ(store.calls, 1);
  now += seconds(1);
  answers(403);
  EXPECT_FALSE(verify(caller()).has_value());
  EXPECT_EQ(store.calls, 2);
}

TEST_F(VerifierTest, RemembersARefusalFor10Seconds) {
  answers(401);
  const auto refused = verify(caller());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(refused.error().message, "invalid API key");
  answers(200);
  now += seconds(9);
  EXPECT_EQ(verify(caller()).error(), refused.error());
  EXPECT_EQ(store.calls, 1);
  now += seconds(1);
  EXPECT_TRUE(verify(caller()).has_value());
  EXPECT_NE(metrics.print().find("layer_auth_failures_total{reason=\"upstream_key\"} 2\n"),
            std::string::npos);
}

TEST_F(VerifierTest, EachBearerAndEachNamespaceIsVerifiedByItself) {
  store.answer = [](const store::Call& call) {
    return status(
        call.authorization == "Bearer good" && call.target.ends_with("mine/metadata") ? 200 : 403);
  };
  EXPECT_TRUE(verify(caller("good"), "mine").has_value());
  EXPECT_FALSE(verify(caller("good"), "other").has_value());
  EXPECT_FALSE(verify(caller("bad"), "mine").has_value());
  EXPECT_EQ(store.calls, 3);
}

TEST_F(VerifierTest, WhatIsNeitherYesNorNoIsNotRemembered) {
  const std::vector<std::pair<int, ErrorCode>> cases{{404, ErrorCode::kNotFound},
                                                     {429, ErrorCode::kRateLimited},
                                                     {500, ErrorCode::kUpstream},
                                                     {302, ErrorCode::kUpstream}};
  for (const auto& [code, expected] : cases) {
    answers(code);
    EXPECT_EQ(verify(caller()).error().code, expected) << code;
  }
  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return fail(ErrorCode::kStoreUnavailable, "open");
  };
  EXPECT_EQ(verify(caller()).error().code, ErrorCode::kStoreUnavailable);
  answers(200);
  EXPECT_TRUE(verify(caller()).has_value());
}

TEST_F(VerifierTest, ANameThatLeavesItsPathSegmentIsNeverSent) {
  for (const auto* const name : {"", ".", "..", "a/b", "a%2fb", "a?b", "\xc3\xa4"}) {
    EXPECT_EQ(verify(caller(), name).error().code, ErrorCode::kValidation) << name;
  }
  EXPECT_EQ(verify(caller(), std::string(129, 'a')).error().code, ErrorCode::kValidation);
  EXPECT_EQ(store.calls, 0);
}

// Runs `count` verifications over both loops at once; the store answers when all of them ask.
std::vector<Result<void>> together(VerifierTest& test, std::size_t count) {
  std::latch asking(static_cast<std::ptrdiff_t>(count));
  std::vector<std::future<Result<void>>> futures;
  test.store.before_answer = [&]() -> async::Task<> {
    while (!asking.try_wait()) {
      co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    auto& loop = test.loops.at(i % test.loops.size());
    futures.push_back(async::asio::co_spawn(
        loop.get_executor(),
        [&]() -> async::Task<Result<void>> {
          asking.count_down();
          co_return co_await test.verifier.verify(test.caller(), test.store, "films",
                                                  async::TimePoint::max());
        },
        async::asio::use_future));
  }
  std::vector<Result<void>> results;
  for (auto& future : futures) {
    results.push_back(future.get());
  }
  test.store.before_answer = nullptr;
  return results;
}

TEST_F(VerifierTest, ThoseWhoAskAtOnceShareOneCall) {
  for (const auto& result : together(*this, 16)) {
    EXPECT_TRUE(result.has_value());
  }
  EXPECT_EQ(store.calls, 1);
}

TEST_F(VerifierTest, ThoseWhoWaitLearnOfARefusal) {
  answers(403);
  for (const auto& result : together(*this, 16)) {
    EXPECT_FALSE(result.has_value());
  }
  EXPECT_EQ(store.calls, 1);
}

TEST_F(VerifierTest, WhenTheOneWhoAskedIsGoneAnotherAsks) {
  store.answer = [this](const store::Call&) -> Result<store::Answer> {
    return store.calls == 1 ? fail(ErrorCode::kCancelled, "gone") : status(200);
  };
  std::size_t allowed = 0;
  for (const auto& result : together(*this, 8)) {
    allowed += result.has_value() ? 1 : 0;
  }
  EXPECT_GE(allowed, 7U);
  EXPECT_LE(store.calls, 3);
}

TEST_F(VerifierTest, AWaiterKeepsItsOwnDeadline) {
  bool release = false;
  store.before_answer = [&]() -> async::Task<> {
    while (!release) {
      co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
    }
  };
  const auto late = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<void>> {
    async::TaskGroup group(loops.at(0));
    const auto first = [&]() -> async::Task<> {
      (void)co_await verifier.verify(caller(), store, "films", async::TimePoint::max());
    };
    group.spawn(first());
    while (store.calls == 0) {
      co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
    }
    auto result = co_await verifier.verify(
        caller(), store, "films", async::SteadyClock::now() + std::chrono::milliseconds(1));
    release = true;
    co_await group.join();
    co_return result;
  });
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kGatewayTimeout);
  EXPECT_EQ(store.calls, 1);
}

TEST(Verdicts, ForgetTheLeastUsedFirst) {
  Verdicts verdicts(2);
  const async::TimePoint begin{};
  const auto later = begin + seconds(60);
  verdicts.put("a", true, later);
  verdicts.put("b", false, later);
  EXPECT_EQ(verdicts.find("a", begin), true);
  verdicts.put("c", true, later);
  EXPECT_EQ(verdicts.size(), 2);
  EXPECT_EQ(verdicts.find("b", begin), std::nullopt);
  EXPECT_EQ(verdicts.find("a", begin), true);
  EXPECT_EQ(verdicts.find("c", begin), true);
  verdicts.put("c", false, later);
  EXPECT_EQ(verdicts.find("c", begin), false);
  EXPECT_EQ(verdicts.find("c", later), std::nullopt);
  EXPECT_EQ(verdicts.size(), 1);
}

}  // namespace
}  // namespace layer::gateway
