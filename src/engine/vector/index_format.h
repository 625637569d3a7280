// The bytes of an index: a header, then arrays whose places follow from it. The layout is described
// in docs/formats/vector-index.md. Thread safety: values and views.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/vector/distance.h"

namespace layer::engine::vector {

static_assert(std::endian::native == std::endian::little, "stored arrays are read in place");

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::array<char, 8> kMagic = {'L', 'Y', 'R', 'V', 'E', 'C', 'I', 'X'};
inline constexpr DocId kNoDoc = 0xFFFF'FFFF;
inline constexpr std::uint32_t kNoList = 0xFFFF'FFFF;
// Alignment of every array.
inline constexpr std::size_t kAlignment = 64;

// Recall targets for which the build measured how far a search has to reach.
inline constexpr std::array<float, 8> kTargets = {0.5F,  0.8F,  0.9F,  0.95F,
                                                  0.97F, 0.98F, 0.99F, 0.995F};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kFormatVersion;
  std::uint8_t metric = 0;
  std::uint8_t element = 0;
  std::uint16_t reserved = 0;
  std::uint32_t dims = 0;
  std::uint32_t lists = 0;
  std::uint32_t blocks = 0;
  std::uint32_t outliers = 0;
  std::uint64_t rows = 0;                      // of the column
  std::uint64_t seed = 0;                      // of the rotation
  std::array<float, kTargets.size()> reach{};  // by kTargets
  float growth = 0;  // of reach, for each unit by which the neighbours wanted lie farther away
  float usual = 0;   // squared distance within which most tenth neighbours of documents lie
};
static_assert(sizeof(Header) == 88);

// Where each array begins; a function of the header's counts.
struct Layout {
  explicit Layout(const Header& header);

  std::size_t mean = 0;              // f32[padded], rotated
  std::size_t centroid_codes = 0;    // i8, blocks of kCentroidBlock lists
  std::size_t centroid_factors = 0;  // f32[3][lists]: squared norm, step, sum of codes
  std::size_t list_begin = 0;        // u32[lists + 1], in blocks
  std::size_t docs = 0;              // u32[blocks * kBlock], kNoDoc where empty
  std::size_t doc_list = 0;          // u32[rows], the list a record refers to, or kNoList
  std::size_t outlier_docs = 0;      // u32[outliers], ascending
  std::size_t codes = 0;             // blocks
  std::size_t records = 0;           // one a row
  std::size_t total = 0;
};

// Typed views into checked bytes.
struct IndexView {
  Header header;
  std::uint32_t padded = 0;
  std::span<const float> mean;
  const std::int8_t* centroid_codes = nullptr;
  std::span<const float> centroid_squared;
  std::span<const float> centroid_step;
  std::span<const float> centroid_sum;
  std::span<const std::uint32_t> list_begin;
  std::span<const DocId> docs;
  std::span<const std::uint32_t> doc_list;
  std::span<const DocId> outliers;
  const std::byte* codes = nullptr;
  const std::byte* records = nullptr;
};

// Checks sizes, counts and every document number and slot: what it returns can be searched without
// a further check, whatever the bytes were. Errors: kCorrupt.
Result<IndexView> parse_index(std::span<const std::byte> bytes, const VectorView& column,
                              DistanceMetric metric);

}  // namespace layer::engine::vector
