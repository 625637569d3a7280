// Typed values, as a namespace stores them: the vocabulary shared by writes, filters, rows and
// segments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "wire/id.h"

namespace layer::wire {

// Milliseconds since 1970-01-01T00:00:00Z, possibly negative.
struct Datetime {
  std::int64_t ms = 0;
  auto operator<=>(const Datetime&) const = default;
};
Result<Datetime> parse_datetime(
    std::string_view text);            // ISO 8601 date, optional time, fraction, zone
std::string to_string(Datetime time);  // 2024-03-02T00:00:00.000000000Z

struct Bytes {
  std::string data;
  auto operator<=>(const Bytes&) const = default;
};

// What one element of a dense vector occupies in storage.
enum class ElementType : std::uint8_t { kF32, kF16, kI8 };
inline std::size_t element_bytes(ElementType type) {
  return type == ElementType::kF32 ? 4 : type == ElementType::kF16 ? 2 : 1;
}

// Elements already rounded to the column's element type, so that each is exact in f32.
struct DenseVector {
  std::vector<float> elements;
  bool operator==(const DenseVector&) const = default;
};

// Named dimensions sorted by name, weights rounded to f16, no zero weights.
struct SparseVector {
  std::vector<std::pair<std::string, float>> entries;
  bool operator==(const SparseVector&) const = default;
};

// `elements.size()` is a multiple of dims.
struct MultiVector {
  std::uint32_t dims = 0;
  std::vector<float> elements;
  bool operator==(const MultiVector&) const = default;
};

// Array of an attribute whose element type is not known yet ("[]unknown").
struct EmptyArray {
  bool operator==(const EmptyArray&) const = default;
};

using Null = std::monostate;
// One stored value. Scalars, arrays (in the order written, duplicates kept), vectors.
// bool arrays hold 0 or 1.
using Value = std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string, Uuid,
                           Datetime, Bytes, std::vector<std::uint8_t>, std::vector<std::int64_t>,
                           std::vector<std::uint64_t>, std::vector<double>,
                           std::vector<std::string>, std::vector<Uuid>, std::vector<Datetime>,
                           EmptyArray, DenseVector, SparseVector, MultiVector>;

inline bool is_null(const Value& value) {
  return std::holds_alternative<Null>(value);
}

// Bytes the value counts for in billing: 8 a number or datetime, 1 a bool, 16 a UUID, UTF-8 length
// of a string, element width times dims of a vector; arrays the sum of their elements.
std::uint64_t logical_bytes(const Value& value, ElementType element = ElementType::kF32);
std::uint64_t logical_bytes(const Id& id);

}  // namespace layer::wire
