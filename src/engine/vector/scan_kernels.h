// The inner loops of index search, compiled once for each SIMD target and chosen at run time.
// Layouts: docs/formats/vector-index.md. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace layer::engine::vector {

// Vectors whose one-bit codes are interleaved, so that one shuffle looks up sixteen of them.
inline constexpr std::uint32_t kBlock = 32;
// Centroids whose codes are interleaved, so that sums need no reduction over lanes.
inline constexpr std::uint32_t kCentroidBlock = 16;

constexpr std::size_t one_bit_bytes(std::uint32_t padded) {
  return std::size_t{padded} / 8 * kBlock;
}
// One block: codes, then add[kBlock], then scale[kBlock] as f32.
constexpr std::size_t block_bytes(std::uint32_t padded) {
  return one_bit_bytes(padded) + 2 * kBlock * sizeof(float);
}
// Dimensions in one 64-byte piece of a record: the first half in the low four bits.
inline constexpr std::uint32_t kRecordGroup = 128;
// One vector's four-bit codes, then add and scale as f32.
constexpr std::size_t record_bytes(std::uint32_t padded) {
  return std::size_t{padded} / 2 + 2 * sizeof(float);
}

// The first pass over blocks: which vectors may be nearer than `bound`?
//   estimate = add + base - scale * (step * sum of table entries + offset)
struct BlockScan {
  const std::uint8_t* table = nullptr;  // 16 entries for each four dimensions
  std::uint32_t padded = 0;
  float base = 0;
  float step = 0;
  float offset = 0;  // with the allowance for the error of one bit
  float bound = 0;
};
struct Survivor {
  std::uint32_t position;  // 0 is the first vector of the first block
  float estimate;
};
// Writes the vectors whose estimate is below the bound to `out`, which has room for kBlock * count.
// Returns how many.
std::size_t kernel_scan_blocks(const BlockScan& scan, const std::byte* blocks, std::size_t count,
                               Survivor* out);

// The second pass: out[i] = sum over dimensions of code * query for record docs[i].
void kernel_record_dots(const std::int8_t* query, std::uint32_t padded, const std::byte* records,
                        std::span<const std::uint32_t> docs, std::int32_t* out);

// Squared distances of all centroids from a query:
//   squared[i] + query_squared - 2 * step * steps[i] * (2 * dot - 127.5 * sums[i])
// where dot sums query * code and the query's bytes lie in 0..127. Not below 0, never NaN.
struct CentroidScan {
  const std::uint8_t* query = nullptr;
  std::uint32_t padded = 0;
  float query_squared = 0;
  float step = 0;
  const std::int8_t* codes = nullptr;  // blocks of kCentroidBlock centroids
  const float* squared = nullptr;
  const float* steps = nullptr;
  const float* sums = nullptr;
};
// Room for whole blocks in `out`. Returns the least of the first `lists`.
float kernel_centroid_distances(const CentroidScan& scan, std::size_t lists, float* out);

// The positions i with begin <= values[i] - least < end, in their order. `out` has room for `count`
// plus kCentroidBlock. Returns how many.
std::size_t kernel_between(const float* values, std::size_t count, float least, float begin,
                           float end, std::uint32_t* out);

// The table of BlockScan: for each four dimensions and each choice of signs, how far the signed sum
// of the query's elements lies above the lowest one, in steps. inverse_step keeps it within a byte.
void kernel_table(std::span<const float> query, float inverse_step, std::uint8_t* out);

// values[i] *= factors[i]. Sizes are equal and multiples of kPadding or powers of two >= 64.
void kernel_multiply(std::span<float> values, std::span<const float> factors);
// Hadamard transform without scaling; values.size() is a power of two >= 64.
void kernel_hadamard(std::span<float> values);

// For each of `count` points the `kept` centroids with the greatest dot(point, centroid) -
// half_norm, the greatest first; the lower number among equals. Points and centroids are rows of
// `padded` f32. lists >= kept >= 1.
void kernel_assign(const float* points, std::size_t count, const float* centroids,
                   const float* half_norms, std::size_t lists, std::uint32_t padded,
                   std::size_t kept, std::uint32_t* best, float* best_value);

}  // namespace layer::engine::vector
