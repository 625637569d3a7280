#include "objects/file_name.h"

namespace layer::objects {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

bool is_plain(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || c == '-' || c == '_' || (c == '.' && !first);
}

}  // namespace

std::size_t encoded_bytes(std::string_view segment) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    count += is_plain(segment[i], i == 0) ? 1 : 3;
  }
  return count;
}

std::string encode_file_name(std::string_view segment) {
  std::string name;
  name.reserve(encoded_bytes(segment));
  for (const char c : segment) {
    if (is_plain(c, name.empty())) {
      name += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    name += '%';
    name += kDigits[byte >> 4];
    name += kDigits[byte & 0x0F];
  }
  return name;
}

std::optional<std::string> decode_file_name(std::string_view name) {
  std::string segment;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      segment += name[i];
      continue;
    }
    const std::size_t high = i + 1 < name.size() ? kDigits.find(name[i + 1]) : kDigits.npos;
    const std::size_t low = i + 2 < name.size() ? kDigits.find(name[i + 2]) : kDigits.npos;
    if (high == kDigits.npos || low == kDigits.npos) {
      return std::nullopt;
    }
    segment += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (segment.empty() || encode_file_name(segment) != name) {
    return std::nullopt;  // another spelling, or a file that is not ours
  }
  return segment;
}

}  // namespace layer::objects
