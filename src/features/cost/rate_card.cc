#include "features/cost/rate_card.h"

namespace layer::features::cost {
namespace {

constexpr double kGb = 1e9;
constexpr double kTb = 1e12;

}  // namespace

const RateCard& shipped_card() {
  static const RateCard card{.version = "2026-08",
                             .usd_per_gb_written = 2.0,
                             .usd_per_tb_queried = 0.001,
                             .usd_per_gb_returned = 0.05};
  return card;
}

Usage& Usage::operator+=(const Usage& other) {
  bytes_written += other.bytes_written;
  bytes_queried += other.bytes_queried;
  bytes_returned += other.bytes_returned;
  return *this;
}

double price_usd(const RateCard& card, const Usage& usage) {
  return static_cast<double>(usage.bytes_written) / kGb * card.usd_per_gb_written +
         static_cast<double>(usage.bytes_queried) / kTb * card.usd_per_tb_queried +
         static_cast<double>(usage.bytes_returned) / kGb * card.usd_per_gb_returned;
}

}  // namespace layer::features::cost
