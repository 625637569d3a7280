#include "http/end_to_end.h"

#include <gtest/gtest.h>

namespace layer::http {
namespace {

TEST(EndToEnd, HopByHopFieldsAreKnownInAnyCase) {
  for (const std::string_view name :
       {"Connection", "keep-alive", "Proxy-Authenticate", "proxy-authorization", "Proxy-Connection",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade"}) {
    EXPECT_TRUE(hop_by_hop(name)) << name;
  }
  for (const std::string_view name : {"content-type", "x-te", "server-timing", "via", ""}) {
    EXPECT_FALSE(hop_by_hop(name)) << name;
  }
}

TEST(EndToEnd, WhatConnectionNamesIsCutTooAndTheRestKeepsItsOrder) {
  Headers headers{
      {"Server", "tpuf"},       {"Connection", "X-Secret, close"}, {"x-secret", "1"},
      {"Content-Length", "12"}, {"connection", "x-other"},         {"Server-Timing", "a;dur=1"},
      {"X-Other", "2"},         {"server-timing", "b;dur=2"},      {"Transfer-Encoding", "gzip"}};
  keep_end_to_end(headers);
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0].first, "Server");
  EXPECT_EQ(headers[1].second, "a;dur=1");
  EXPECT_EQ(headers[2].second, "b;dur=2");
}

}  // namespace
}  // namespace layer::http
