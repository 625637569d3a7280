#include "core/secret.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace layer::core {
namespace {

TEST(Secret, CopiesAndMovesLikeTheTextItHolds) {
  Secret a("short");
  Secret b = a;
  EXPECT_EQ(b.reveal(), "short");
  const Secret c = std::move(a);
  EXPECT_EQ(c.reveal(), "short");
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  b = Secret(std::string(100, 'x'));
  EXPECT_EQ(b.reveal().size(), 100);
  b = c;
  EXPECT_EQ(b.reveal(), "short");
}

TEST(Secret, ComparesByItsText) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
  EXPECT_NE(Secret("a"), Secret("aa"));
  EXPECT_EQ(Secret(), Secret(""));
}

TEST(Secret, PrintsNowhere) {
  static_assert(!fmt::is_formattable<Secret>::value);
}

}  // namespace
}  // namespace layer::core
