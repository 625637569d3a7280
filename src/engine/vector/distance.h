// Distance kernels with run-time dispatch to the widest SIMD of the machine.
// Cosine distance is 1 - cos in 0..2; euclidean_squared has no square root. Stored elements may be
// f32, f16 or i8; arithmetic is f32. Thread safety: const use from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::vector {

using wire::DistanceMetric;
using wire::ElementType;

// A column of equally long vectors: `count` times `dims` elements, contiguous, in document order.
struct VectorView {
  const std::byte* data = nullptr;
  std::size_t count = 0;
  std::uint32_t dims = 0;
  ElementType element = ElementType::kF32;

  const std::byte* at(std::size_t index) const {
    return data + index * dims * wire::element_bytes(element);
  }
};

// One query against many stored vectors. The norm of the query is computed once.
class QueryDistance {
 public:
  QueryDistance(DistanceMetric metric, std::span<const float> query);

  // A zero vector on either side of a cosine gives distance 1.
  float operator()(const VectorView& column, std::size_t index) const;
  // out[i] = distance to vector indexes[i]; prefetches ahead. out.size() == indexes.size().
  void gather(const VectorView& column, std::span<const std::uint32_t> indexes,
              std::span<float> out) const;
  // out[i] = distance to vector first + i.
  void scan(const VectorView& column, std::size_t first, std::span<float> out) const;

 private:
  DistanceMetric metric_;
  std::vector<float> query_;
  float inverse_norm_ = 0;
};

// f32 <-> storage. Rounding to nearest even; i8 by truncation of an exact integer in -128..127.
void encode(std::span<const float> elements, ElementType type, std::byte* out);
void decode(const std::byte* stored, ElementType type, std::span<float> out);
float round_to(ElementType type, float value);

}  // namespace layer::engine::vector
