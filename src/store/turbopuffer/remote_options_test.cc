#include "store/turbopuffer/remote_options.h"

#include <gtest/gtest.h>

namespace layer::store {
namespace {

TEST(RemoteOptions, TheRegionTakesItsPlaceInTheUrl) {
  const auto url = resolve_url({.region = "aws-us-east-1"});
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->origin.host, "aws-us-east-1.turbopuffer.com");
  EXPECT_TRUE(url->origin.tls);
  EXPECT_EQ(url->origin.port, 443);
}

TEST(RemoteOptions, APlaceholderWithoutARegionIsAnErrorThatSaysSo) {
  const auto url = resolve_url({});
  ASSERT_FALSE(url.has_value());
  EXPECT_NE(url.error().message.find("{region}"), std::string::npos);
}

TEST(RemoteOptions, ARegionWithoutAPlaceholderIsNotUsed) {
  const auto url = resolve_url({.url = "http://localhost:8080/store/", .region = "gcp-us-east4"});
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->origin.host, "localhost");
  EXPECT_EQ(url->prefix, "/store");
}

TEST(RemoteOptions, ARegionCannotNameAnotherHost) {
  for (const std::string region : {"evil.example/", "a.b", "x@y", "a:1"}) {
    EXPECT_FALSE(resolve_url({.region = region}).has_value()) << region;
  }
}

TEST(RemoteOptions, WaysToRepeatPlainReads) {
  EXPECT_EQ(*parse_retry_plain("off"), RetryPlain::kOff);
  EXPECT_EQ(*parse_retry_plain("connect"), RetryPlain::kConnect);
  EXPECT_EQ(*parse_retry_plain("all"), RetryPlain::kAll);
  EXPECT_FALSE(parse_retry_plain("always").has_value());
}

}  // namespace
}  // namespace layer::store
