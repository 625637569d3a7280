#include "gateway/auth/bearer.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

std::string read(const http::Headers& headers) {
  const auto bearer = find_bearer(headers);
  return bearer ? std::string(bearer->token) : "!" + std::string(reason(bearer.error()));
}

TEST(Bearer, IsTheTokenAfterTheScheme) {
  EXPECT_EQ(read({{"authorization", "Bearer tpuf_x"}}), "tpuf_x");
  EXPECT_EQ(read({{"Authorization", "bEARER  tpuf_x "}}), "tpuf_x");
  EXPECT_EQ(read({{"authorization", "Bearer a.b-c~d+e/f=="}}), "a.b-c~d+e/f==");
}

TEST(Bearer, AnythingElseIsMissingOrMalformed) {
  EXPECT_EQ(read({}), "!missing");
  EXPECT_EQ(read({{"x-authorization", "Bearer a"}}), "!missing");
  for (const auto* const value :
       {"", "Bearer", "Bearer ", "Bearer    ", "Basic YTpi", "tpuf_x", "Bearertpuf_x", "Bearer a b",
        "Bearer a\tb", "Bearer a,Bearer b", "Bearer \xc3\xa4"}) {
    EXPECT_EQ(read({{"authorization", value}}), "!malformed") << value;
  }
}

TEST(Bearer, TwoHeadersAreNoBearer) {
  EXPECT_EQ(read({{"authorization", "Bearer a"}, {"Authorization", "Bearer a"}}), "!malformed");
}

}  // namespace
}  // namespace layer::gateway
