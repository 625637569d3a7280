#include "wire/id.h"

#include <cctype>
#include <cstddef>

#include <fmt/format.h>

namespace layer::wire {
namespace {

constexpr std::string_view kUrnPrefix = "urn:uuid:";

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_hyphen_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

// `digits` holds 32 hex digits, or 36 characters with hyphens where they belong.
bool read_digits(std::string_view digits, Uuid& out) {
  const bool hyphens = digits.size() == 36;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (hyphens && is_hyphen_position(i)) {
      if (digits[i] != '-') {
        return false;
      }
      continue;
    }
    const int value = hex_value(digits[i]);
    if (value < 0) {
      return false;
    }
    auto& byte = out.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++nibble;
  }
  return true;
}

bool starts_with_urn(std::string_view text) {
  if (text.size() < kUrnPrefix.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kUrnPrefix.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[i])) != kUrnPrefix[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<Uuid> parse_uuid(std::string_view text) {
  std::string_view digits = text;
  if (digits.size() == 38 && digits.front() == '{' && digits.back() == '}') {
    digits = digits.substr(1, 36);
  } else if (digits.size() == kUrnPrefix.size() + 36 && starts_with_urn(digits)) {
    digits.remove_prefix(kUrnPrefix.size());
  }
  Uuid uuid;
  if ((digits.size() != 32 && digits.size() != 36) || !read_digits(digits, uuid)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' could not be parsed as uuid", text.substr(0, 64)));
  }
  return uuid;
}

std::string to_string(const Uuid& uuid) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (const std::uint8_t byte : uuid.bytes) {
    if (is_hyphen_position(out.size())) {
      out += '-';
    }
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string_view name(IdType type) {
  switch (type) {
    case IdType::kUint:
      return "uint";
    case IdType::kUuid:
      return "uuid";
    case IdType::kString:
      return "string";
  }
  return "";
}

std::string to_string(const Id& id) {
  switch (type_of(id)) {
    case IdType::kUint:
      return std::to_string(std::get<std::uint64_t>(id));
    case IdType::kUuid:
      return to_string(std::get<Uuid>(id));
    case IdType::kString:
      break;
  }
  return std::get<std::string>(id);
}

}  // namespace layer::wire
