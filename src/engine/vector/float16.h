// IEEE 754 binary16 in software: for rounding on write, where speed does not matter and the
// instruction may be missing. Thread safety: pure functions.
#pragma once

#include <cstdint>

namespace layer::engine::vector {

// Nearest, ties to even; beyond 65504 (rounded) infinity; NaN stays NaN.
std::uint16_t float16_bits(float value);
float float16_value(std::uint16_t bits);

}  // namespace layer::engine::vector
