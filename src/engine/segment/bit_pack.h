// Blocks of 128 integers in a fixed number of bits each, laid out for 128-bit SIMD: value i stands
// in lane i % 4, and each lane is a stream of 32 values. `bits` 128-bit words a block.
// Layout: docs/formats/segment.md. Thread safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace layer::engine::segment {

inline constexpr std::size_t kPackCount = 128;

constexpr std::size_t packed_bytes(std::uint32_t bits) {
  return std::size_t{16} * bits;
}

// Bits that the largest of 128 values needs.
std::uint32_t bits_needed(const std::uint32_t* values);
void pack(const std::uint32_t* values, std::uint32_t bits, std::vector<std::byte>& out);

// `bits` <= 32; `in` and `out` 16-byte aligned. No branches on data: about 60 ns a block.
void unpack(std::uint32_t bits, const std::byte* in, std::uint32_t* out);
// out[i] = base + sum over j <= i of (packed[j] + 1), modulo 2^32.
void unpack_ascending(std::uint32_t bits, const std::byte* in, std::uint32_t base,
                      std::uint32_t* out);

}  // namespace layer::engine::segment
