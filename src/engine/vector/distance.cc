#include "engine/vector/distance.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "engine/vector/distance_kernels.h"
#include "engine/vector/float16.h"

namespace layer::engine::vector {

QueryDistance::QueryDistance(DistanceMetric metric, std::span<const float> query)
    : metric_(metric), query_(query.begin(), query.end()) {
  double squared = 0;
  for (float element : query_) {
    squared += static_cast<double>(element) * element;
  }
  inverse_norm_ = squared > 0 ? static_cast<float>(1 / std::sqrt(squared)) : 0;
  if (metric_ == DistanceMetric::kCosine && inverse_norm_ > 0) {
    // A query of length one keeps the kernel's sums in the range of f32 whatever its scale.
    const double scale = 1 / std::sqrt(squared);
    for (float& element : query_) {
      element = static_cast<float>(element * scale);
    }
    inverse_norm_ = 1;
  }
}

float QueryDistance::operator()(const VectorView& column, std::size_t index) const {
  float distance = 0;
  scan(column, index, std::span(&distance, 1));
  return distance;
}

void QueryDistance::gather(const VectorView& column, std::span<const std::uint32_t> indexes,
                           std::span<float> out) const {
  assert(indexes.size() == out.size() && query_.size() == column.dims);
  kernel_distances({query_.data(), column.dims, metric_, inverse_norm_}, column, indexes.data(), 0,
                   out);
}

void QueryDistance::scan(const VectorView& column, std::size_t first, std::span<float> out) const {
  assert(first + out.size() <= column.count && query_.size() == column.dims);
  kernel_distances({query_.data(), column.dims, metric_, inverse_norm_}, column, nullptr, first,
                   out);
}

void encode(std::span<const float> elements, ElementType type, std::byte* out) {
  switch (type) {
    case ElementType::kF32:
      std::memcpy(out, elements.data(), elements.size_bytes());
      return;
    case ElementType::kF16:
      for (float element : elements) {
        const std::uint16_t bits = float16_bits(element);
        std::memcpy(out, &bits, sizeof(bits));
        out += sizeof(bits);
      }
      return;
    case ElementType::kI8:
      for (float element : elements) {
        *out++ = static_cast<std::byte>(static_cast<std::int8_t>(round_to(type, element)));
      }
      return;
  }
}

void decode(const std::byte* stored, ElementType type, std::span<float> out) {
  switch (type) {
    case ElementType::kF32:
      std::memcpy(out.data(), stored, out.size_bytes());
      return;
    case ElementType::kF16:
      for (float& element : out) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, stored, sizeof(bits));
        element = float16_value(bits);
        stored += sizeof(bits);
      }
      return;
    case ElementType::kI8:
      for (float& element : out) {
        element = static_cast<std::int8_t>(*stored++);
      }
      return;
  }
}

float round_to(ElementType type, float value) {
  switch (type) {
    case ElementType::kF32:
      return value;
    case ElementType::kF16:
      return float16_value(float16_bits(value));
    case ElementType::kI8:
      // NaN compares false with both bounds and must not reach an integer.
      return std::isnan(value) ? 0 : std::trunc(std::clamp(value, -128.0F, 127.0F));
  }
  return value;
}

}  // namespace layer::engine::vector
