// Document ids: unsigned integers, UUIDs or short strings, one kind a namespace.
// Order (the last tie-break of every ranking): integers numerically, UUIDs by 128 bits, strings by
// bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/error.h"

namespace layer::wire {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};  // big-endian, as printed
  auto operator<=>(const Uuid&) const = default;
};

// Accepts hyphenated (any case), 32 hex digits, braced and urn:uuid: spellings.
Result<Uuid> parse_uuid(std::string_view text);
// Lower-case, hyphenated, 36 characters.
std::string to_string(const Uuid& uuid);

enum class IdType : std::uint8_t { kUint, kUuid, kString };
std::string_view name(IdType type);  // "uint", "uuid", "string"

// The index of the alternative equals the IdType, so operator<=> is the order above within one
// kind.
using Id = std::variant<std::uint64_t, Uuid, std::string>;

inline IdType type_of(const Id& id) {
  return static_cast<IdType>(id.index());
}
// Canonical text: decimal, hyphenated UUID, or the string itself.
std::string to_string(const Id& id);

}  // namespace layer::wire
