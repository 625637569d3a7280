// Sums as the answer of the insights route. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "features/insights/tally.h"

namespace layer::features::insights {

struct Insights {
  std::string_view ns;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  Sums sums{};
  bool history_off = false;
  std::uint64_t entries_read = 0;
  bool truncated = false;
};
std::string print(const Insights& insights);

}  // namespace layer::features::insights
