// The rules of keys, the same for every kind of store.
#include <fmt/format.h>

#include "objects/file_name.h"
#include "objects/object_store.h"

namespace layer::objects {
namespace {

Result<void> refuse(std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("not a key of an object: {}", why));
}

// The length of the UTF-8 character at the start of `text`; 0 when there is none. Overlong forms,
// surrogates and what is beyond U+10FFFF are no characters (table 3-7 of the Unicode standard).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = continues(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = continues(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

Result<void> check_characters(std::string_view key) {
  if (key.size() > kKeyBytesMax) {
    return refuse("it has more than 1024 bytes");
  }
  while (!key.empty()) {
    const auto first = static_cast<unsigned char>(key.front());
    const std::size_t size = character_bytes(key);
    if (size == 0) {
      return refuse("it is not UTF-8");
    }
    if (first < 0x20 || first == 0x7F) {
      return refuse("it holds a control character");
    }
    key.remove_prefix(size);
  }
  return {};
}

Result<void> check_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") {
    return refuse("one of its segments is empty, '.' or '..'");
  }
  if (encoded_bytes(segment) > kKeySegmentBytesMax) {
    return refuse("one of its segments is too long");
  }
  return {};
}

}  // namespace

Result<void> check_key(std::string_view key) {
  LAYER_TRY(check_characters(key));
  while (true) {
    const std::size_t slash = key.find('/');
    LAYER_TRY(check_segment(key.substr(0, slash)));
    if (slash == std::string_view::npos) {
      return {};
    }
    key.remove_prefix(slash + 1);
  }
}

Result<void> check_prefix(std::string_view prefix) {
  // Ends within a character at worst: then no key begins with it, which is what it says.
  if (prefix.size() > kKeyBytesMax) {
    return refuse("a prefix has more than 1024 bytes");
  }
  return {};
}

}  // namespace layer::objects
