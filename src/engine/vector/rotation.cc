#include "engine/vector/rotation.h"

#include <bit>
#include <cmath>

#include "engine/vector/random.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

constexpr std::uint32_t kRounds = 4;

}  // namespace

Rotation::Rotation(std::uint32_t padded, std::uint64_t seed)
    : padded_(padded), window_(std::bit_floor(padded)) {
  Random random(seed);
  const float scale = 1 / std::sqrt(static_cast<float>(window_));
  factors_.resize(std::size_t{kRounds} * padded);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    const std::uint32_t begin = round % 2 == 0 ? 0 : padded - window_;
    for (std::uint32_t i = 0; i < padded; ++i) {
      const bool inside = i >= begin && i < begin + window_;
      const float magnitude = inside ? scale : 1;
      factors_[std::size_t{round} * padded + i] = (random.next() & 1) != 0 ? magnitude : -magnitude;
    }
  }
}

void Rotation::apply(std::span<float> values) const {
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    const std::uint32_t begin = round % 2 == 0 ? 0 : padded_ - window_;
    kernel_multiply(values, std::span(factors_).subspan(std::size_t{round} * padded_, padded_));
    kernel_hadamard(values.subspan(begin, window_));
  }
}

}  // namespace layer::engine::vector
