// Enumerations and their names on the wire, as tables.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace layer::wire {

// The index of `text` in `table` (indexed by the enumeration's value), as the enumeration.
template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::string_view (&table)[N], std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (table[i] == text) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

}  // namespace layer::wire
