// One scalar in the form in which columns sort, merge and store it. Numbers become 64-bit keys
// whose unsigned order is the order of the values; strings and UUIDs stay bytes.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::segment {

// Views the bytes of the value it was made from.
struct ColumnKey {
  std::uint64_t number = 0;  // of bytes: the first eight, so that most comparisons end here
  std::string_view bytes;
  friend auto operator<=>(const ColumnKey&, const ColumnKey&) = default;
};

// How the values of a kind are stored.
enum class ColumnLayout : std::uint8_t { kNumbers, kUuids, kStrings };

inline std::optional<ColumnLayout> layout_of(wire::Kind kind) {
  switch (kind) {
    case wire::Kind::kString:
      return ColumnLayout::kStrings;
    case wire::Kind::kUuid:
      return ColumnLayout::kUuids;
    case wire::Kind::kInt:
    case wire::Kind::kUint:
    case wire::Kind::kFloat:
    case wire::Kind::kDatetime:
    case wire::Kind::kBool:
    case wire::Kind::kUnknown:  // only empty arrays
      return ColumnLayout::kNumbers;
    default:
      return std::nullopt;
  }
}

inline constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

inline std::uint64_t key_of_int(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ kSignBit;
}
inline std::int64_t int_of_key(std::uint64_t key) {
  return static_cast<std::int64_t>(key ^ kSignBit);
}
// -0 and 0 are one value. NaN never arrives; it would sort last.
inline std::uint64_t key_of_float(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}
inline double float_of_key(std::uint64_t key) {
  return std::bit_cast<double>((key & kSignBit) != 0 ? key & ~kSignBit : ~key);
}

inline ColumnKey key_of_bytes(std::string_view bytes) {
  std::uint64_t number = 0;
  if (bytes.size() >= 8) {
    for (int i = 0; i < 8; ++i) {
      number = number << 8 | static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
    }
  } else {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      number |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (56 - 8 * i);
    }
  }
  return {.number = number, .bytes = bytes};
}
inline ColumnKey key_of_uuid(const wire::Uuid& uuid) {
  return key_of_bytes({reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
}

}  // namespace layer::engine::segment
