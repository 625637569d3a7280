#include "engine/vector/scan_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

// Also compile for processors with byte dot products.
#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/vector/scan_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "hwy/cache_control.h"
#include "hwy/highway.h"

#if HWY_TARGET == HWY_AVX3_DL
// Highway 1.0 checks for this extension before it takes this target, but does not enable it.
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni")
#else
HWY_BEFORE_NAMESPACE();
#endif
namespace layer::engine::vector::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most 64 bytes a vector: tables and blocks are laid out for that.
using DU8 = hn::CappedTag<std::uint8_t, 64>;
using DI8 = hn::CappedTag<std::int8_t, 64>;
using DU16 = hn::CappedTag<std::uint16_t, 32>;
using DI16 = hn::CappedTag<std::int16_t, 32>;
using DI32 = hn::CappedTag<std::int32_t, 16>;
using DF32 = hn::CappedTag<float, 16>;

// sum[i] += products of four neighbouring bytes, u8 times i8. The products of two neighbours must
// fit 16 bits: codes of four bits, or a query of seven.
HWY_INLINE hn::Vec<DI32> add_products(hn::Vec<DI32> sum, hn::Vec<DU8> a, hn::Vec<DI8> b) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
  return hn::Vec<DI32>{_mm512_dpbusd_epi32(sum.raw, a.raw, b.raw)};
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  const __m512i pairs = _mm512_maddubs_epi16(a.raw, b.raw);
  return hn::Add(sum, hn::Vec<DI32>{_mm512_madd_epi16(pairs, _mm512_set1_epi16(1))});
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  const __m256i pairs = _mm256_maddubs_epi16(a.raw, b.raw);
  return hn::Add(sum, hn::Vec<DI32>{_mm256_madd_epi16(pairs, _mm256_set1_epi16(1))});
#else
  const DI16 d16;
  const DI32 d32;
  const auto a16 = hn::BitCast(d16, a);
  const auto b16 = hn::BitCast(d16, b);
  const auto a_even = hn::And(a16, hn::Set(d16, 0xFF));
  const auto a_odd = hn::BitCast(d16, hn::ShiftRight<8>(hn::BitCast(DU16(), a)));
  const auto b_even = hn::ShiftRight<8>(hn::ShiftLeft<8>(b16));
  const auto b_odd = hn::ShiftRight<8>(b16);
  const auto pairs = hn::Add(hn::Mul(a_even, b_even), hn::Mul(a_odd, b_odd));
  const auto pairs32 = hn::BitCast(d32, pairs);
  const auto low = hn::ShiftRight<16>(hn::ShiftLeft<16>(pairs32));
  return hn::Add(sum, hn::Add(low, hn::ShiftRight<16>(pairs32)));
#endif
}

// The sum of the 128-bit parts of a vector of u16: eight values.
template <class Vector>
HWY_INLINE void store_folded(Vector values, std::uint16_t* out) {
  const DU16 d;
  HWY_ALIGN std::uint16_t lanes[32];
  hn::Store(values, d, lanes);
  const hn::CappedTag<std::uint16_t, 8> d8;
  auto sum = hn::Load(d8, lanes);
  for (std::size_t i = 8; i < hn::Lanes(d); i += 8) {
    sum = hn::Add(sum, hn::Load(d8, lanes + i));
  }
  hn::Store(sum, d8, out);
}

std::size_t scan_blocks(const BlockScan& scan, const std::byte* blocks, std::size_t count,
                        Survivor* out) {
  const DU8 d8;
  const DU16 d16;
  const DF32 df;
  const hn::Rebind<std::uint16_t, DF32> d16_narrow;
  const hn::Rebind<std::int32_t, DF32> d32;
  const auto low_bits = hn::Set(d8, 0x0F);
  const std::size_t code_bytes = one_bit_bytes(scan.padded);
  const std::size_t lanes = hn::Lanes(d8);
  const auto step = hn::Set(df, scan.step);
  const auto offset = hn::Set(df, scan.offset);
  const auto base = hn::Set(df, scan.base);
  const auto bound = hn::Set(df, scan.bound);
  std::size_t found = 0;
  for (std::size_t block = 0; block < count; ++block, blocks += block_bytes(scan.padded)) {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(blocks);
    auto even0 = hn::Zero(d16);
    auto odd0 = even0;
    auto even1 = even0;
    auto odd1 = even0;
    for (std::size_t i = 0; i < code_bytes; i += lanes) {
      const auto table = hn::LoadU(d8, scan.table + i);
      const auto pairs = hn::LoadU(d8, codes + i);
      const auto low = hn::And(pairs, low_bits);
      const auto high =
          hn::And(hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, pairs))), low_bits);
      const auto first = hn::BitCast(d16, hn::TableLookupBytes(table, low));
      const auto second = hn::BitCast(d16, hn::TableLookupBytes(table, high));
      // Sixteen-bit sums of bytes: the even ones carry the odd ones in their upper half, which is
      // taken out again below.
      even0 = hn::Add(even0, first);
      odd0 = hn::Add(odd0, hn::ShiftRight<8>(first));
      even1 = hn::Add(even1, second);
      odd1 = hn::Add(odd1, hn::ShiftRight<8>(second));
    }
    even0 = hn::Sub(even0, hn::ShiftLeft<8>(odd0));
    even1 = hn::Sub(even1, hn::ShiftLeft<8>(odd1));
    HWY_ALIGN std::uint16_t sums[kBlock];
    store_folded(even0, sums);
    store_folded(odd0, sums + 8);
    store_folded(even1, sums + 16);
    store_folded(odd1, sums + 24);

    const auto* add = reinterpret_cast<const float*>(blocks + code_bytes);
    const auto* scale = add + kBlock;
    HWY_ALIGN float estimates[kBlock];
    std::uint32_t survivors = 0;
    for (std::size_t i = 0; i < kBlock; i += hn::Lanes(df)) {
      const auto sum = hn::ConvertTo(df, hn::PromoteTo(d32, hn::Load(d16_narrow, sums + i)));
      const auto product = hn::MulAdd(step, sum, offset);
      const auto estimate =
          hn::NegMulAdd(hn::LoadU(df, scale + i), product, hn::Add(hn::LoadU(df, add + i), base));
      hn::Store(estimate, df, estimates + i);
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(df, hn::Lt(estimate, bound), bits);
      std::uint32_t part = 0;
      std::memcpy(&part, bits, sizeof(part));
      survivors |= part << i;
    }
    for (; survivors != 0; survivors &= survivors - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(survivors));
      out[found++] = {static_cast<std::uint32_t>(block * kBlock) + lane, estimates[lane]};
    }
  }
  return found;
}

void record_dots(const std::int8_t* query, std::uint32_t padded, const std::byte* records,
                 std::span<const std::uint32_t> docs, std::int32_t* out) {
  const DU8 d8;
  const DI8 di8;
  const DU16 d16;
  const DI32 d32;
  const auto low_bits = hn::Set(d8, 0x0F);
  const std::size_t lanes = hn::Lanes(d8);
  const std::size_t stride = record_bytes(padded);
  constexpr std::size_t kAhead = 6;
  for (std::size_t i = 0; i < docs.size(); ++i) {
    if (i + kAhead < docs.size()) {
      const auto* next = reinterpret_cast<const char*>(records + docs[i + kAhead] * stride);
      for (std::size_t line = 0; line < stride; line += 64) {
        hwy::Prefetch(next + line);
      }
      hwy::Prefetch(next + stride - 1);
    }
    const auto* codes = reinterpret_cast<const std::uint8_t*>(records + docs[i] * stride);
    auto low_sum = hn::Zero(d32);
    auto high_sum = low_sum;
    for (std::size_t group = 0; group < padded; group += kRecordGroup, codes += 64) {
      for (std::size_t j = 0; j < 64; j += lanes) {
        const auto pairs = hn::LoadU(d8, codes + j);
        const auto high =
            hn::And(hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, pairs))), low_bits);
        low_sum =
            add_products(low_sum, hn::And(pairs, low_bits), hn::LoadU(di8, query + group + j));
        high_sum = add_products(high_sum, high, hn::LoadU(di8, query + group + 64 + j));
      }
    }
    out[i] = hn::GetLane(hn::SumOfLanes(d32, hn::Add(low_sum, high_sum)));
  }
}

template <std::size_t kBlocks>
HWY_INLINE void centroid_dots_of(const std::uint8_t* query, std::uint32_t padded,
                                 const std::int8_t* codes, std::int32_t* out) {
  const DI8 di8;
  const DI32 d32;
  const hn::Repartition<std::uint8_t, DI32> du8;
  const std::size_t lanes = hn::Lanes(di8);
  const std::size_t stride = std::size_t{padded} * kCentroidBlock;
  for (std::size_t part = 0; part < 64; part += lanes) {
    hn::Vec<DI32> sums[kBlocks];
    for (auto& sum : sums) {
      sum = hn::Zero(d32);
    }
    for (std::size_t dim = 0; dim < padded; dim += 4) {
      std::int32_t four = 0;
      std::memcpy(&four, query + dim, sizeof(four));
      const auto spread = hn::BitCast(du8, hn::Set(d32, four));
      for (std::size_t block = 0; block < kBlocks; ++block) {
        const auto row = hn::LoadU(di8, codes + block * stride + dim * kCentroidBlock + part);
        sums[block] = add_products(sums[block], spread, row);
      }
    }
    for (std::size_t block = 0; block < kBlocks; ++block) {
      hn::StoreU(sums[block], d32, out + block * kCentroidBlock + part / 4);
    }
  }
}

float centroid_distances(const CentroidScan& scan, std::size_t lists, float* out) {
  constexpr std::size_t kChains = 8;
  const DF32 d;
  const DI32 d32;
  const std::size_t blocks = (lists + kCentroidBlock - 1) / kCentroidBlock;
  const std::size_t stride = std::size_t{scan.padded} * kCentroidBlock;
  HWY_ALIGN std::int32_t dots[kChains * kCentroidBlock];
  float least = std::numeric_limits<float>::max();
  for (std::size_t block = 0; block < blocks;) {
    std::size_t done = 1;
    if (block + kChains <= blocks) {
      centroid_dots_of<kChains>(scan.query, scan.padded, scan.codes + block * stride, dots);
      done = kChains;
    } else {
      centroid_dots_of<1>(scan.query, scan.padded, scan.codes + block * stride, dots);
    }
    const std::size_t first = block * kCentroidBlock;
    const std::size_t count = std::min(done * kCentroidBlock, lists - first);
    std::size_t i = 0;
    auto least_lanes = hn::Set(d, least);
    for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
      const auto dot = hn::ConvertTo(d, hn::Load(d32, dots + i));
      const auto sum = hn::LoadU(d, scan.sums + first + i);
      const auto centred = hn::MulAdd(hn::Set(d, -127.5F), sum, hn::Add(dot, dot));
      const auto factor = hn::Mul(hn::Set(d, -2 * scan.step), hn::LoadU(d, scan.steps + first + i));
      const auto distance = hn::MulAdd(
          factor, centred,
          hn::Add(hn::LoadU(d, scan.squared + first + i), hn::Set(d, scan.query_squared)));
      // The comparison is false for NaN, which becomes 0.
      const auto valid = hn::IfThenElseZero(hn::Gt(distance, hn::Zero(d)), distance);
      hn::StoreU(valid, d, out + first + i);
      least_lanes = hn::Min(least_lanes, valid);
    }
    least = std::min(least, hn::GetLane(hn::MinOfLanes(d, least_lanes)));
    for (; i < count; ++i) {
      const float centred = 2 * static_cast<float>(dots[i]) - 127.5F * scan.sums[first + i];
      const float distance = scan.squared[first + i] + scan.query_squared -
                             2 * scan.step * scan.steps[first + i] * centred;
      out[first + i] = distance > 0 ? distance : 0;
      least = std::min(least, out[first + i]);
    }
    block += done;
  }
  return least;
}

std::size_t between(const float* values, std::size_t count, float least, float begin, float end,
                    std::uint32_t* out) {
  const DF32 d;
  const hn::Rebind<std::uint32_t, DF32> d32;
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto beyond = hn::Sub(hn::LoadU(d, values + i), hn::Set(d, least));
    const auto inside = hn::And(hn::Ge(beyond, hn::Set(d, begin)), hn::Lt(beyond, hn::Set(d, end)));
    found += hn::CompressStore(hn::Iota(d32, static_cast<std::uint32_t>(i)),
                               hn::RebindMask(d32, inside), d32, out + found);
  }
  for (; i < count; ++i) {
    const float beyond = values[i] - least;
    if (beyond >= begin && beyond < end) {
      out[found++] = static_cast<std::uint32_t>(i);
    }
  }
  return found;
}

void multiply(std::span<float> values, std::span<const float> factors) {
  const DF32 d;
  for (std::size_t i = 0; i < values.size(); i += hn::Lanes(d)) {
    hn::StoreU(hn::Mul(hn::LoadU(d, values.data() + i), hn::LoadU(d, factors.data() + i)), d,
               values.data() + i);
  }
}

// One step of the transform between lanes that differ in one bit of their number: `swapped` has
// them exchanged, `signs` is -1 where that bit is set.
template <class Vector>
HWY_INLINE Vector butterfly(Vector v, Vector swapped, Vector signs) {
  return hn::MulAdd(v, signs, swapped);
}

HWY_INLINE hn::Vec<DF32> signs_of(std::size_t bit) {
  HWY_ALIGN float signs[16];
  for (std::size_t i = 0; i < 16; ++i) {
    signs[i] = (i & bit) != 0 ? -1.0F : 1.0F;
  }
  return hn::Load(DF32(), signs);
}

void hadamard(std::span<float> values) {
  const DF32 d;
  float* v = values.data();
  const std::size_t size = values.size();
  const std::size_t lanes = hn::Lanes(d);
  const auto signs1 = signs_of(1);
  const auto signs2 = signs_of(2);
  [[maybe_unused]] const auto signs4 = signs_of(4);
  [[maybe_unused]] const auto signs8 = signs_of(8);
  // Within a vector.
  for (std::size_t i = 0; i < size; i += lanes) {
    auto x = hn::LoadU(d, v + i);
    x = butterfly(x, hn::Shuffle2301(x), signs1);
    x = butterfly(x, hn::Shuffle1032(x), signs2);
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    x = butterfly(x, hn::SwapAdjacentBlocks(x), signs4);
    x = butterfly(x, hn::ConcatLowerUpper(d, x, x), signs8);
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
    x = butterfly(x, hn::SwapAdjacentBlocks(x), signs4);
#endif
    hn::StoreU(x, d, v + i);
  }
  // Between vectors; wider scalable vectors fall back to pairs of lanes.
#if HWY_ARCH_X86
  const std::size_t done = lanes;
#else
  const std::size_t done = 4;
#endif
  for (std::size_t half = done; half < size; half *= 2) {
    for (std::size_t i = 0; i < size; i += 2 * half) {
      std::size_t j = i;
      for (; j + lanes <= i + half; j += lanes) {
        const auto a = hn::LoadU(d, v + j);
        const auto b = hn::LoadU(d, v + j + half);
        hn::StoreU(hn::Add(a, b), d, v + j);
        hn::StoreU(hn::Sub(a, b), d, v + j + half);
      }
      for (; j < i + half; ++j) {
        const float a = v[j];
        const float b = v[j + half];
        v[j] = a + b;
        v[j + half] = a - b;
      }
    }
  }
}

void table(std::span<const float> query, float inverse_step, std::uint8_t* out) {
  const DF32 d;
  const hn::Rebind<std::uint8_t, DF32> d8;
  HWY_ALIGN float bits[4][16];
  for (unsigned bit = 0; bit < 4; ++bit) {
    for (unsigned code = 0; code < 16; ++code) {
      bits[bit][code] = (code >> bit & 1) != 0 ? 1.0F : 0.0F;
    }
  }
  for (std::size_t i = 0; i < query.size(); i += 4, out += 16) {
    float base = 0;
    float twice[4];
    for (unsigned bit = 0; bit < 4; ++bit) {
      twice[bit] = 2 * query[i + bit] * inverse_step;
      base -= std::min(twice[bit], 0.0F);
    }
    for (std::size_t code = 0; code < 16; code += hn::Lanes(d)) {
      auto entry = hn::Set(d, base);
      for (unsigned bit = 0; bit < 4; ++bit) {
        entry = hn::MulAdd(hn::Set(d, twice[bit]), hn::Load(d, bits[bit] + code), entry);
      }
      hn::StoreU(hn::DemoteTo(d8, hn::NearestInt(entry)), d8, out + code);
    }
  }
}

}  // namespace layer::engine::vector::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace layer::engine::vector {

HWY_EXPORT(scan_blocks);
HWY_EXPORT(record_dots);
HWY_EXPORT(centroid_distances);
HWY_EXPORT(between);
HWY_EXPORT(multiply);
HWY_EXPORT(hadamard);
HWY_EXPORT(table);

std::size_t kernel_scan_blocks(const BlockScan& scan, const std::byte* blocks, std::size_t count,
                               Survivor* out) {
  return HWY_DYNAMIC_DISPATCH(scan_blocks)(scan, blocks, count, out);
}

void kernel_record_dots(const std::int8_t* query, std::uint32_t padded, const std::byte* records,
                        std::span<const std::uint32_t> docs, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(record_dots)(query, padded, records, docs, out);
}

float kernel_centroid_distances(const CentroidScan& scan, std::size_t lists, float* out) {
  return HWY_DYNAMIC_DISPATCH(centroid_distances)(scan, lists, out);
}

std::size_t kernel_between(const float* values, std::size_t count, float least, float begin,
                           float end, std::uint32_t* out) {
  return HWY_DYNAMIC_DISPATCH(between)(values, count, least, begin, end, out);
}

void kernel_multiply(std::span<float> values, std::span<const float> factors) {
  HWY_DYNAMIC_DISPATCH(multiply)(values, factors);
}

void kernel_hadamard(std::span<float> values) {
  HWY_DYNAMIC_DISPATCH(hadamard)(values);
}

void kernel_table(std::span<const float> query, float inverse_step, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(table)(query, inverse_step, out);
}

}  // namespace layer::engine::vector
#endif
