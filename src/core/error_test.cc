#include "core/error.h"

#include <gtest/gtest.h>

namespace layer::core {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) {
    return fail(ErrorCode::kInvalidArgument, "odd");
  }
  return n / 2;
}

Result<int> quarter(int n) {
  LAYER_ASSIGN(int once, half(n));
  LAYER_TRY(half(once));
  return once / 2;
}

TEST(Error, TableFollowsTheEnum) {
  EXPECT_EQ(info(ErrorCode::kInvalidJson).http_status, 400);
  EXPECT_EQ(info(ErrorCode::kHeadersTooLarge).http_status, 431);
  EXPECT_EQ(info(ErrorCode::kInternal).name, "internal");
  EXPECT_TRUE(info(ErrorCode::kTooManyRequests).retryable);
}

TEST(Error, MacrosPropagate) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(quarter(3).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace layer::core
