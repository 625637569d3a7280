// A random rotation of dims <= padded dimensions: random signs and Hadamard transforms over two
// overlapping windows, four times. It spreads any vector evenly over the coordinates, which is what
// one bit a coordinate needs, at O(padded log padded). Fixed by its seed for ever: stored codes
// depend on it. Thread safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace layer::engine::vector {

// Codes work on whole groups of this many dimensions.
inline constexpr std::uint32_t kPadding = 128;

constexpr std::uint32_t padded_dims(std::uint32_t dims) {
  return (dims + kPadding - 1) / kPadding * kPadding;
}

class Rotation {
 public:
  Rotation(std::uint32_t padded, std::uint64_t seed);

  // In place; values.size() == padded. Keeps lengths and distances.
  void apply(std::span<float> values) const;

 private:
  std::uint32_t padded_;
  std::uint32_t window_;        // largest power of two within padded_
  std::vector<float> factors_;  // per round and dimension, +-1 with the transform's scale folded in
};

}  // namespace layer::engine::vector
