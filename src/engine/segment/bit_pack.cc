#include "engine/segment/bit_pack.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

namespace layer::engine::segment {
namespace {

constexpr std::size_t kLanes = 4;
constexpr std::size_t kRows = kPackCount / kLanes;

// Four lanes; clang and gcc turn its operators into SIMD of the target.
using Lanes = std::uint32_t __attribute__((vector_size(16)));

Lanes splat(std::uint32_t value) {
  return Lanes{value, value, value, value};
}

template <std::uint32_t Bits, std::size_t Row>
[[gnu::always_inline]] inline Lanes row_of(const Lanes* in) {
  if constexpr (Bits == 0) {
    return splat(0);
  } else {
    constexpr std::size_t word = Row * Bits / 32;
    constexpr std::uint32_t shift = Row * Bits % 32;
    Lanes value = in[word] >> shift;
    if constexpr (shift + Bits > 32) {
      value |= in[word + 1] << (32 - shift);
    }
    if constexpr (Bits < 32) {
      value &= splat((std::uint32_t{1} << Bits) - 1);
    }
    return value;
  }
}

template <std::uint32_t Bits>
void unpack_bits(const Lanes* in, Lanes* out) {
  [&]<std::size_t... Row>(std::index_sequence<Row...>) {
    ((out[Row] = row_of<Bits, Row>(in)), ...);
  }(std::make_index_sequence<kRows>());
}

[[gnu::always_inline]] inline Lanes running_sum(Lanes gaps, Lanes before) {
  const Lanes zero = splat(0);
  gaps += __builtin_shufflevector(zero, gaps, 0, 4, 5, 6);
  gaps += __builtin_shufflevector(zero, gaps, 0, 1, 4, 5);
  return gaps + __builtin_shufflevector(before, before, 3, 3, 3, 3);
}

template <std::uint32_t Bits>
void unpack_ascending_bits(const Lanes* in, std::uint32_t base, Lanes* out) {
  Lanes last = splat(base);
  [&]<std::size_t... Row>(std::index_sequence<Row...>) {
    ((out[Row] = last = running_sum(row_of<Bits, Row>(in) + splat(1), last)), ...);
  }(std::make_index_sequence<kRows>());
}

using Unpack = void (*)(const Lanes*, Lanes*);
using UnpackAscending = void (*)(const Lanes*, std::uint32_t, Lanes*);

template <std::size_t... Bits>
constexpr std::array<Unpack, sizeof...(Bits)> unpack_table(std::index_sequence<Bits...>) {
  return {unpack_bits<Bits>...};
}
template <std::size_t... Bits>
constexpr std::array<UnpackAscending, sizeof...(Bits)> ascending_table(
    std::index_sequence<Bits...>) {
  return {unpack_ascending_bits<Bits>...};
}
constexpr auto kUnpack = unpack_table(std::make_index_sequence<33>());
constexpr auto kUnpackAscending = ascending_table(std::make_index_sequence<33>());

}  // namespace

std::uint32_t bits_needed(const std::uint32_t* values) {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < kPackCount; ++i) {
    all |= values[i];
  }
  return static_cast<std::uint32_t>(std::bit_width(all));
}

void pack(const std::uint32_t* values, std::uint32_t bits, std::vector<std::byte>& out) {
  std::array<std::uint32_t, kLanes * 32> words{};
  for (std::size_t i = 0; i < kPackCount; ++i) {
    const std::size_t position = i / kLanes * bits;
    const std::size_t word = position / 32 * kLanes + i % kLanes;
    const std::uint64_t shifted = std::uint64_t{values[i]} << (position % 32);
    if (bits > 0) {
      words[word] |= static_cast<std::uint32_t>(shifted);
    }
    if (position % 32 + bits > 32) {
      words[word + kLanes] |= static_cast<std::uint32_t>(shifted >> 32);
    }
  }
  const auto bytes = std::as_bytes(std::span(words)).first(packed_bytes(bits));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void unpack(std::uint32_t bits, const std::byte* in, std::uint32_t* out) {
  kUnpack[bits](reinterpret_cast<const Lanes*>(in), reinterpret_cast<Lanes*>(out));
}

void unpack_ascending(std::uint32_t bits, const std::byte* in, std::uint32_t base,
                      std::uint32_t* out) {
  kUnpackAscending[bits](reinterpret_cast<const Lanes*>(in), base, reinterpret_cast<Lanes*>(out));
}

}  // namespace layer::engine::segment
