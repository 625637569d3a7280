// The inner loops of distance.h, compiled once for each SIMD target and chosen at run time.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "engine/vector/distance.h"

namespace layer::engine::vector {

// A query as the kernels want it.
struct KernelQuery {
  const float* elements = nullptr;
  std::uint32_t dims = 0;
  DistanceMetric metric = DistanceMetric::kCosine;
  float inverse_norm = 0;  // cosine; 0 for a zero query
};

// out[i] = distance to vector indexes[i] or, without indexes, to vector first + i. Every vector is
// scored by the same sequence of operations whatever stands around it.
void kernel_distances(const KernelQuery& query, const VectorView& column,
                      const std::uint32_t* indexes, std::size_t first, std::span<float> out);

}  // namespace layer::engine::vector
