// SplitMix64: a generator whose sequence is part of the index format, so it can never change with a
// library. Thread safety: a value for one thread.
#pragma once

#include <cstdint>

namespace layer::engine::vector {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E37'79B9'7F4A'7C15);
    z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
    return z ^ z >> 31;
  }
  // 0 <= result < bound; bound > 0. The bias of the modulus is below 2^-32 for 32-bit bounds.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace layer::engine::vector
