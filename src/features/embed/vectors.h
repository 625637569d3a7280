// Small arithmetic on vectors. Thread safety: pure functions.
#pragma once

#include <cmath>
#include <span>

namespace layer::features::embed {

// Length one; a vector of length zero stays.
inline void normalize(std::span<float> values) {
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value) * value;
  }
  if (sum > 0) {
    const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
    for (float& value : values) {
      value *= scale;
    }
  }
}

inline bool all_finite(std::span<const float> values) {
  for (const float value : values) {
    if (!std::isfinite(value)) {
      return false;
    }
  }
  return true;
}

}  // namespace layer::features::embed
