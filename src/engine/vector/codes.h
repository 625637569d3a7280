// The two codes of a stored vector relative to its centroid: one bit a dimension for the first
// pass, four bits for the second. Both estimate a squared distance without bias:
//   |q - o|^2 ~ add + |q - c|^2 - scale * <code, q>
// After RaBitQ (Gao and Long, SIGMOD 2024 and 2025). All vectors here are rotated and centred.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace layer::engine::vector {

struct CodeFactors {
  float add = 0;
  float scale = 0;
};

// Writes the code of `vector` into lane `lane` (0..kBlock-1) of a zeroed block.
void put_one_bit(std::span<const float> vector, std::span<const float> centroid, std::byte* block,
                 std::uint32_t lane);

// Writes a record. A code c in 0..15 stands for c - 7.5.
void put_record(std::span<const float> vector, std::span<const float> centroid, std::byte* record);

// A query for the first pass: sums of four elements under each choice of signs, as bytes.
struct QueryTable {
  float step = 0;
  float offset = 0;  // <signs, q> ~ step * sum of entries + offset
};
QueryTable make_table(std::span<const float> query, std::span<std::uint8_t> table);

// Signed bytes for the second pass; returns the step. `sum` is the sum of the bytes.
float quantise_query(std::span<const float> query, std::span<std::int8_t> out, std::int32_t& sum);

}  // namespace layer::engine::vector
