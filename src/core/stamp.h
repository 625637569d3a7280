// The order of writes. Thread safety: a plain value.
#pragma once

#include <compare>
#include <cstdint>

namespace layer::core {

// Orders any two writes of a deployment: by time, then by their number within the millisecond, then
// by gateway.
struct Stamp {
  std::int64_t ms = 0;  // what rows carry
  std::uint16_t counter = 0;
  std::uint64_t gateway = 0;

  auto operator<=>(const Stamp&) const = default;
};

}  // namespace layer::core
