// IEEE 754 binary16, the element type of f16 vectors and of sparse weights. Conversions in plain
// integer arithmetic, so that they need no instruction set and are constexpr. Rounding is to
// nearest, ties to even, as hardware does it. Thread safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>

namespace layer::core {

// The largest magnitude that rounds to a finite half; anything above becomes infinity.
inline constexpr float half_max = 65504.0F;

// Bits of the nearest half. NaN stays NaN.
constexpr std::uint16_t to_half_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) {
    return static_cast<std::uint16_t>(sign | 0x7e00U);
  }
  if (magnitude >= 0x477ff000U) {  // 65520 and above round to infinity
    return static_cast<std::uint16_t>(sign | 0x7c00U);
  }
  if (magnitude < 0x38800000U) {  // below 2^-14: subnormal, a multiple of 2^-24
    if (magnitude < 0x33000000U) {
      return sign;
    }
    const std::uint32_t exponent = magnitude >> 23U;
    const std::uint32_t mantissa = (magnitude & 0x7fffffU) | 0x800000U;
    const std::uint32_t shift = 126U - exponent;
    const std::uint32_t kept = mantissa >> shift;
    const std::uint32_t rest = mantissa & ((1U << shift) - 1U);
    const std::uint32_t halfway = 1U << (shift - 1U);
    const bool up = rest > halfway || (rest == halfway && (kept & 1U) != 0);
    return static_cast<std::uint16_t>(sign | (kept + (up ? 1U : 0U)));
  }
  // Rebias the exponent from 127 to 15; a carry out of the mantissa moves into it as it should.
  const std::uint32_t rebiased = magnitude - (112U << 23U);
  const std::uint32_t kept = rebiased >> 13U;
  const std::uint32_t rest = rebiased & 0x1fffU;
  const bool up = rest > 0x1000U || (rest == 0x1000U && (kept & 1U) != 0);
  return static_cast<std::uint16_t>(sign | (kept + (up ? 1U : 0U)));
}

constexpr float from_half_bits(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 0x1fU;
  const std::uint32_t mantissa = half & 0x3ffU;
  if (exponent == 0x1fU) {
    return std::bit_cast<float>(sign | 0x7f800000U | (mantissa << 13U));
  }
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (mantissa << 13U));
}

// `value` rounded to what a half can hold.
constexpr float round_to_half(float value) {
  return from_half_bits(to_half_bits(value));
}

}  // namespace layer::core
