#include "http/resolver.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "http/client_error.h"

namespace layer::http {
namespace {

Result<std::vector<Endpoint>> look_up(const std::string& host) {
  async::Loops loops(1);
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<std::vector<Endpoint>>> {
    Resolver resolver(loops.at(0));
    co_return co_await resolver.look_up(host, 8080);
  });
}

TEST(Resolver, AnAddressIsItself) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const auto found = look_up(address);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().address().to_string(), address);
    EXPECT_EQ(found->front().port(), 8080);
    EXPECT_TRUE(is_address(address));
  }
  EXPECT_FALSE(is_address("localhost"));
}

TEST(Resolver, ANameHasAddresses) {
  const auto found = look_up("localhost");
  ASSERT_TRUE(found.has_value());
  ASSERT_FALSE(found->empty());
  EXPECT_TRUE(found->front().address().is_loopback());
  EXPECT_EQ(found->front().port(), 8080);
}

TEST(Resolver, ANameWithoutAnAddressIsAnErrorThatNamesIt) {
  const auto found = look_up("no-such-host.invalid");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(failure_of(found.error()), ClientFailure::kResolve);
  EXPECT_NE(found.error().message.find("no-such-host.invalid"), std::string::npos);
}

TEST(ClientError, TheFailureIsReadBackFromTheError) {
  for (int i = 0; i <= static_cast<int>(ClientFailure::kCancelled); ++i) {
    const auto failure = static_cast<ClientFailure>(i);
    EXPECT_EQ(failure_of(client_error(failure, "x")), failure);
  }
  EXPECT_EQ(failure_of({.code = ErrorCode::kInternal, .message = "x"}), std::nullopt);
  EXPECT_EQ(name(ClientFailure::kConnect), "connect");
}

}  // namespace
}  // namespace layer::http
