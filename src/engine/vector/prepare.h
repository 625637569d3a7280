// Brings stored vectors and queries into the space of the codes: of length one for cosine, then
// rotated and centred. There, squared Euclidean distance orders as the metric does.
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/vector/distance.h"
#include "engine/vector/rotation.h"

namespace layer::engine::vector {

class Preparer {
 public:
  Preparer(DistanceMetric metric, std::uint32_t dims, std::uint64_t seed)
      : metric_(metric), dims_(dims), rotation_(padded_dims(dims), seed) {}

  std::uint32_t padded() const { return padded_dims(dims_); }

  // False when the vector has no place in that space: zero under cosine, or too large to square.
  // out.size() == padded(); `mean` is rotated and may be empty.
  bool prepare(std::span<const float> vector, std::span<const float> mean,
               std::span<float> out) const;
  bool prepare(const VectorView& column, std::size_t index, std::span<const float> mean,
               std::span<float> out) const;

 private:
  bool finish(std::span<const float> mean, std::span<float> out) const;

  DistanceMetric metric_;
  std::uint32_t dims_;
  Rotation rotation_;
};

}  // namespace layer::engine::vector
