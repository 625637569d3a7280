#include "store/turbopuffer/retry_policy.h"

#include <gtest/gtest.h>

namespace layer::store {
namespace {

using namespace std::chrono_literals;
using http::ClientFailure;

struct FixedClock final : RemoteClock {
  std::int64_t wall_ms() const override { return 784'111'777'000; }  // 1994-11-06T08:49:37Z
  double random() override { return chance; }
  double chance = 0.5;
};

async::Duration delay_of(const http::Headers& headers) {
  FixedClock clock;
  return retry_delay(0, &headers, clock);
}

TEST(RetryDelay, GrowsFourfoldWithHalfOfItAsJitter) {
  FixedClock clock;
  EXPECT_EQ(retry_delay(0, nullptr, clock), 100ms);
  EXPECT_EQ(retry_delay(1, nullptr, clock), 400ms);
  clock.chance = 0;
  EXPECT_EQ(retry_delay(0, nullptr, clock), 50ms);
  clock.chance = 0.999999;
  EXPECT_LE(retry_delay(1, nullptr, clock), 600ms);
  EXPECT_GT(retry_delay(1, nullptr, clock), 595ms);
}

TEST(RetryDelay, MillisecondsComeBeforeSecondsComeBeforeADate) {
  EXPECT_EQ(delay_of({{"Retry-After", "7"}, {"retry-after-ms", "250"}}), 250ms);
  EXPECT_EQ(delay_of({{"retry-after", "7"}}), 7s);
  EXPECT_EQ(delay_of({{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}), 10s);
  EXPECT_EQ(delay_of({{"retry-after", "Sun, 06 Nov 1994 08:49:00 GMT"}}), 0s);
}

TEST(RetryDelay, WhatIsNoDelayIsNotOne) {
  for (const std::string_view text : {"", "soon", "-1", "nan", "inf", "1e9", "Sun, 06 Nov",
                                      "Sun, 06 Nov 1994 08:49:37 GMT or later"}) {
    EXPECT_EQ(delay_of({{"retry-after", text}, {"retry-after-ms", text}}), 100ms) << text;
  }
  EXPECT_EQ(delay_of({{"retry-after-ms", "junk"}, {"retry-after", "2"}}), 2s);
  EXPECT_EQ(delay_of({{"retry-after", "99999999999999999999"}}), 24h);
}

TEST(RetryReason, TheGatewaysOwnReadsAreRepeatedAfterWhatMayPass) {
  const auto reason = [](ClientFailure failure) {
    return retry_reason(CallKind::kGatewayRead, RetryPlain::kOff, http::client_error(failure, ""),
                        true);
  };
  EXPECT_EQ(reason(ClientFailure::kConnect), "connect");
  EXPECT_EQ(reason(ClientFailure::kResolve), "connect");
  EXPECT_EQ(reason(ClientFailure::kReset), "reset");
  EXPECT_EQ(reason(ClientFailure::kTimeout), "");
  EXPECT_EQ(reason(ClientFailure::kTls), "");
  EXPECT_EQ(reason(ClientFailure::kProtocol), "");
  EXPECT_EQ(reason(ClientFailure::kCancelled), "");
  for (const int status : {429, 502, 503, 504}) {
    EXPECT_EQ(retry_reason(CallKind::kGatewayRead, RetryPlain::kOff, status),
              std::to_string(status));
  }
  for (const int status : {200, 202, 400, 404, 408, 409, 500, 501}) {
    EXPECT_EQ(retry_reason(CallKind::kGatewayRead, RetryPlain::kOff, status), "") << status;
  }
}

TEST(RetryReason, PlainReadsFollowTheOption) {
  const auto reset = http::client_error(ClientFailure::kReset, "");
  const auto refused = http::client_error(ClientFailure::kConnect, "");
  const auto reason = [](RetryPlain rule, const Error& error, bool sent) {
    return retry_reason(CallKind::kPlainRead, rule, error, sent);
  };
  EXPECT_EQ(reason(RetryPlain::kConnect, refused, false), "connect");
  EXPECT_EQ(reason(RetryPlain::kConnect, reset, false), "reset");
  EXPECT_EQ(reason(RetryPlain::kConnect, reset, true), "");
  EXPECT_EQ(reason(RetryPlain::kOff, refused, false), "");
  EXPECT_EQ(reason(RetryPlain::kOff, reset, false), "");
  EXPECT_EQ(reason(RetryPlain::kAll, reset, true), "reset");
  EXPECT_EQ(retry_reason(CallKind::kPlainRead, RetryPlain::kConnect, 503), "");
  EXPECT_EQ(retry_reason(CallKind::kPlainRead, RetryPlain::kAll, 503), "503");
}

TEST(RetryReason, WritesAndTheCallersOwnFailuresAreNeverRepeated) {
  for (const RetryPlain rule : {RetryPlain::kOff, RetryPlain::kConnect, RetryPlain::kAll}) {
    for (const auto failure : {ClientFailure::kConnect, ClientFailure::kReset}) {
      EXPECT_EQ(retry_reason(CallKind::kPlainWrite, rule, http::client_error(failure, ""), false),
                "");
    }
    EXPECT_EQ(retry_reason(CallKind::kPlainWrite, rule, 503), "");
  }
  const Error own{.code = ErrorCode::kPayloadTooLarge, .message = "too large"};
  EXPECT_EQ(retry_reason(CallKind::kGatewayRead, RetryPlain::kAll, own, false), "");
}

}  // namespace
}  // namespace layer::store
