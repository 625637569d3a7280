// What a store charges (rule CO2 of the contract): US dollars by decimal units.
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace layer::features::cost {

struct RateCard {
  std::string version{};
  double usd_per_gb_written = 0;
  double usd_per_tb_queried = 0;
  double usd_per_gb_returned = 0;
};

// The published prices that this program came with.
const RateCard& shipped_card();

// In the store's billable bytes. Minimums are in them already.
struct Usage {
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_queried = 0;
  std::uint64_t bytes_returned = 0;

  Usage& operator+=(const Usage& other);
  bool operator==(const Usage&) const = default;
};

double price_usd(const RateCard& card, const Usage& usage);

}  // namespace layer::features::cost
