// What a HybridText answer says of itself (rule HT11 of the contract). Thread safety: pure
// function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/hybrid/leg_plan.h"

namespace layer::features::hybrid {

enum class Surfaced : std::uint8_t { kNo, kRanked, kApproximate };

struct Echo {
  std::size_t legs = 0;
  std::uint32_t threads = 0;  // 0: nothing was split
  Surfaced surfaced = Surfaced::kNo;
  bool fuzzy_unsupported = false;
  std::vector<std::string> legs_failed{};
};

// One JSON object.
std::string print_echo(const HybridOptions& options, const LegPlan& plan, const Echo& echo);

}  // namespace layer::features::hybrid
