#include "features/cost/rate_card.h"

#include <gtest/gtest.h>

namespace layer::features::cost {
namespace {

TEST(RateCard, PricesBytesByDecimalUnits) {
  const RateCard& card = shipped_card();
  EXPECT_EQ(card.version, "2026-08");
  EXPECT_DOUBLE_EQ(price_usd(card, {.bytes_written = 1'000'000'000}), 2.0);
  EXPECT_DOUBLE_EQ(price_usd(card, {.bytes_queried = 1'000'000'000'000}), 0.001);
  EXPECT_DOUBLE_EQ(price_usd(card, {.bytes_returned = 2'000'000'000}), 0.1);
  EXPECT_EQ(price_usd(card, {}), 0);
}

TEST(RateCard, UsageAddsUp) {
  Usage sum{.bytes_written = 1, .bytes_queried = 2, .bytes_returned = 3};
  sum += {.bytes_written = 10, .bytes_queried = 20, .bytes_returned = 30};
  EXPECT_EQ(sum, (Usage{.bytes_written = 11, .bytes_queried = 22, .bytes_returned = 33}));
}

}  // namespace
}  // namespace layer::features::cost
