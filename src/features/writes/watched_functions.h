// The functions that compute over a namespace, as far as its writes concern them (rules W3 and UF2
// of the contract). Thread safety: plain values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace layer::features::writes {

// Bit i: the function in place i; those in further places share the last bit.
using FunctionMask = std::uint16_t;
inline constexpr std::size_t kMaskBits = 16;
constexpr FunctionMask mask_bit(std::size_t place) {
  return static_cast<FunctionMask>(1U << std::min(place, kMaskBits - 1));
}

struct WatchedFunction {
  std::string id;
  std::string stale_marker;           // the attribute that says that a result is old
  std::vector<std::string> inputs{};  // a patch of one of them makes it old
  std::vector<std::string> others{};  // of its filter: a patch of them may concern it
  bool on_write = false;              // rows that are written wait for it at once
};
using WatchedFunctions = std::vector<WatchedFunction>;

// Those that have the attribute among their inputs.
inline FunctionMask computed_from(const WatchedFunctions& functions, std::string_view attribute) {
  FunctionMask mask = 0;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const bool named =
        std::ranges::find(functions[i].inputs, attribute) != functions[i].inputs.end();
    mask |= named ? mask_bit(i) : FunctionMask{0};
  }
  return mask;
}
// Those whose mark it is.
inline FunctionMask marked_by(const WatchedFunctions& functions, std::string_view attribute) {
  FunctionMask mask = 0;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    mask |= functions[i].stale_marker == attribute ? mask_bit(i) : FunctionMask{0};
  }
  return mask;
}
// Those that it concerns in any way.
inline FunctionMask concerned_by(const WatchedFunctions& functions, std::string_view attribute) {
  FunctionMask mask = computed_from(functions, attribute);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const bool named =
        std::ranges::find(functions[i].others, attribute) != functions[i].others.end();
    mask |= named ? mask_bit(i) : FunctionMask{0};
  }
  return mask;
}

}  // namespace layer::features::writes
