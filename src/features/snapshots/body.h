// A snapshot: which values the fields of a namespace had at a watermark, and how often. The body is
// immutable and named by the SHA-256 of what it says, so that an unchanged namespace has one body
// however often it is looked at (rule SN1 of the contract). Format: docs/formats/snapshot.md.
// Thread safety: plain values, pure functions. Cost: linear in the values; thousands of them belong
// on a pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/writer.h"

namespace layer::features::snapshots {

inline constexpr std::size_t kValuesPerFieldMax = 10'000;
inline constexpr std::size_t kFieldsMax = 256;
inline constexpr std::size_t kFieldNameBytesMax = 512;

struct ValueCount {
  std::string v;  // a string as it is, other values as the store writes them
  std::uint64_t n = 0;

  bool operator==(const ValueCount&) const = default;
};

enum class ValueType : std::uint8_t { kString, kNumber, kBoolean };
std::string_view name(ValueType type);

struct FieldCounts {
  std::string name;
  // What the values are; nullopt: there is none.
  std::optional<ValueType> type{};
  bool array = false;                // a row counts for each of its distinct elements
  std::vector<ValueCount> values{};  // by the bytes of v, none twice

  std::uint64_t total() const;
  // How many rows have the value; 0 when there is none.
  std::uint64_t count(std::string_view v) const;
  bool operator==(const FieldCounts&) const = default;
};

struct SkippedField {
  enum class Reason : std::uint8_t { kExceededCap, kUnsupported };
  std::string name;
  Reason reason = Reason::kUnsupported;
  std::uint64_t distinct_observed = 0;
  bool lower_bound = false;  // there may be more than were observed

  bool operator==(const SkippedField&) const = default;
};
std::string_view name(SkippedField::Reason reason);

struct Body {
  std::string ns;
  std::int64_t watermark_ms = 0;
  std::string sha{};  // of canonical()
  std::optional<std::uint64_t> row_count{};
  bool exact = false;  // nothing was written between the watermark and the count
  std::uint64_t rows_after_cut = 0;
  std::vector<FieldCounts> fields{};    // by name
  std::vector<SkippedField> skipped{};  // by name

  // Null: the body does not hold it.
  const FieldCounts* find(std::string_view field) const;
  const SkippedField* find_skipped(std::string_view field) const;
  bool operator==(const Body&) const = default;
};
using BodyPtr = std::shared_ptr<const Body>;

// Puts fields and values into their order and sets the sha.
void seal(Body& body);
// What the sha is of: {fields, fields_skipped, row_count} with sorted members and no spaces.
std::string canonical(const Body& body);

std::string print_body(const Body& body);
// Only that field and what is said of the whole; a field that is not there leaves the lists empty.
std::string print_body(const Body& body, std::string_view field);
// Errors: kCorrupt with what is wrong, also when the sha is not that of what the body says.
Result<Body> parse_body(std::string text);

// `body` with the fields of `newer`, which were counted at the same watermark.
Body merge(const Body& body, const Body& newer);

}  // namespace layer::features::snapshots
