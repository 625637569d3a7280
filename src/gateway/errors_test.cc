// Errors of the gateway as callers see them.
#include "gateway/errors.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

std::string header(const http::Response& response, std::string_view name) {
  return std::string(response.headers.find(name).value_or("-"));
}

TEST(Errors, HaveACodeAMessageFieldsAndATrace) {
  const Error error{.code = ErrorCode::kUnsupportedByStore,
                    .message = "the store has no \"scans\"",
                    .fields = {{.name = "feature", .value = "scans"},
                               {.name = "details", .value = "[1]", .json = true}}};
  const auto response = error_answer(error, "abc");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(
      response.body,
      R"({"status":"error","error":"UnsupportedByStore","message":"the store has no \"scans\"",)"
      R"("feature":"scans","details":[1],"trace_id":"abc"})");
  EXPECT_EQ(header(response, "content-type"), "application/json");
  EXPECT_EQ(header(response, "x-should-retry"), "false");
  EXPECT_EQ(header(response, "retry-after"), "-");
}

TEST(Errors, TellWhenToComeBack) {
  const auto draining = error_answer({.code = ErrorCode::kDraining, .message = "x"}, {});
  EXPECT_EQ(draining.status, 503);
  EXPECT_EQ(header(draining, "retry-after"), "1");
  EXPECT_EQ(header(draining, "retry-after-ms"), "1000");
  EXPECT_EQ(header(draining, "x-should-retry"), "true");
  const auto open = error_answer({.code = ErrorCode::kStoreUnavailable,
                                  .message = "x",
                                  .fields = {{.name = "retry_after_ms", .value = "2300"}}},
                                 {});
  EXPECT_EQ(header(open, "retry-after"), "3");
  EXPECT_EQ(header(open, "retry-after-ms"), "2300");
  EXPECT_EQ(open.body.find("retry_after_ms"), std::string::npos);
}

TEST(Errors, OnlyRefusalsThatWillStayAreMarkedAsSuch) {
  EXPECT_EQ(
      header(error_answer({.code = ErrorCode::kTimeout, .message = "x"}, {}), "x-should-retry"),
      "-");
  EXPECT_EQ(
      header(error_answer({.code = ErrorCode::kRateLimited, .message = "x"}, {}), "x-should-retry"),
      "true");
  EXPECT_EQ(
      header(error_answer({.code = ErrorCode::kNotFound, .message = "x"}, {}), "x-should-retry"),
      "false");
  EXPECT_EQ(
      header(error_answer({.code = ErrorCode::kUpstream, .message = "x"}, {}), "x-should-retry"),
      "-");
  EXPECT_EQ(header(error_answer({.code = ErrorCode::kUnauthorized, .message = "x"}, {}),
                   "www-authenticate"),
            "Bearer");
}

}  // namespace
}  // namespace layer::gateway
