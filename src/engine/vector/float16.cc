#include "engine/vector/float16.h"

#include <bit>

namespace layer::engine::vector {
namespace {

constexpr std::uint32_t kInfinity32 = 0x7F80'0000;
constexpr std::uint32_t kSmallestNormal = 0x3880'0000;  // 2^-14 as f32
constexpr std::uint32_t kOverflow = 0x4780'0000;        // 2^16 as f32
constexpr std::uint32_t kExponentShift = 112U << 23;    // difference of the exponent biases

std::uint32_t round_shift(std::uint32_t mantissa, unsigned shift) {
  const std::uint32_t half = (1U << (shift - 1)) - 1;
  return (mantissa + half + (mantissa >> shift & 1)) >> shift;
}

}  // namespace

std::uint16_t float16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const std::uint32_t magnitude = bits & 0x7FFF'FFFF;
  std::uint32_t half = 0;
  if (magnitude > kInfinity32) {
    half = 0x7E00;
  } else if (magnitude >= kOverflow) {
    half = 0x7C00;
  } else if (magnitude >= kSmallestNormal) {
    // A carry out of the mantissa moves into the exponent, up to infinity, as it should.
    half = round_shift(magnitude - kExponentShift, 13);
  } else {
    const std::uint32_t exponent = magnitude >> 23;
    const std::uint32_t mantissa = (magnitude & 0x7F'FFFF) | 0x80'0000;
    const std::uint32_t shift = 126 - exponent;  // units of 2^-24
    half = exponent == 0 || shift > 24 ? 0 : round_shift(mantissa, shift);
  }
  return static_cast<std::uint16_t>(sign | half);
}

float float16_value(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t magnitude = bits & 0x7FFFU;
  if (magnitude >= 0x7C00) {
    return std::bit_cast<float>(sign | kInfinity32 | (magnitude & 0x3FF) << 13);
  }
  if (magnitude < 0x400) {
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  return std::bit_cast<float>(sign | ((magnitude << 13) + kExponentShift));
}

}  // namespace layer::engine::vector
