#include "engine/vector/prepare.h"

#include <algorithm>
#include <cmath>

namespace layer::engine::vector {
namespace {

// Squares of differences, and sums of a few of them, stay within f32.
constexpr double kSquaredMax = 1e36;

}  // namespace

bool Preparer::prepare(std::span<const float> vector, std::span<const float> mean,
                       std::span<float> out) const {
  std::ranges::copy(vector, out.begin());
  return finish(mean, out);
}

bool Preparer::prepare(const VectorView& column, std::size_t index, std::span<const float> mean,
                       std::span<float> out) const {
  decode(column.at(index), column.element, out.first(dims_));
  return finish(mean, out);
}

bool Preparer::finish(std::span<const float> mean, std::span<float> out) const {
  std::ranges::fill(out.subspan(dims_), 0.0F);
  double squared = 0;
  for (float value : out.first(dims_)) {
    squared += static_cast<double>(value) * value;
  }
  if (metric_ == DistanceMetric::kCosine) {
    if (!(squared > 0) || !std::isfinite(squared)) {
      return false;
    }
    const double scale = 1 / std::sqrt(squared);
    for (float& value : out.first(dims_)) {
      value = static_cast<float>(value * scale);
    }
  } else if (!(squared <= kSquaredMax)) {
    return false;
  }
  rotation_.apply(out);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    out[i] -= mean[i];
  }
  return true;
}

}  // namespace layer::engine::vector
