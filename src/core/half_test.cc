#include "core/half.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace layer::core {
namespace {

TEST(Half, EveryHalfSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_half_bits(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(round_to_half(value)));
    } else {
      ASSERT_EQ(to_half_bits(value), half);
    }
  }
}

TEST(Half, RoundsToTheNearestNeighbourAndTiesToEven) {
  for (std::uint16_t half = 0; half < 0x7bff; ++half) {
    const float low = from_half_bits(half);
    const float high = from_half_bits(static_cast<std::uint16_t>(half + 1));
    const float middle = (low + high) / 2;  // exact: f32 has room for one more bit
    const auto even = static_cast<std::uint16_t>(half % 2 == 0 ? half : half + 1);
    ASSERT_EQ(to_half_bits(middle), even) << half;
    ASSERT_EQ(to_half_bits(std::nextafter(middle, low)), half) << half;
    ASSERT_EQ(to_half_bits(std::nextafter(middle, high)), half + 1) << half;
  }
}

TEST(Half, OverflowBecomesInfinity) {
  EXPECT_EQ(round_to_half(half_max), half_max);
  EXPECT_EQ(round_to_half(65519.996F), half_max);
  EXPECT_TRUE(std::isinf(round_to_half(65520.0F)));
  EXPECT_TRUE(std::isinf(round_to_half(std::numeric_limits<float>::infinity())));
}

TEST(Half, KeepsTheSignOfZeroAndOfTinyValues) {
  EXPECT_EQ(to_half_bits(-0.0F), 0x8000);
  EXPECT_EQ(to_half_bits(-1e-30F), 0x8000);
  EXPECT_EQ(round_to_half(0.1F), 0.099975586F);
}

}  // namespace
}  // namespace layer::core
