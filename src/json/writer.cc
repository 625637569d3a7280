#include "json/writer.h"

#include <cstring>

namespace layer::json {
namespace {

bool must_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Whether any of eight bytes must be escaped: most text has none for long stretches.
bool any_must_escape(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes << 7U;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  // The high bit of a byte survives where it was below `limit`, and only if some byte was.
  const auto below = [](std::uint64_t value, std::uint64_t limit) {
    return (value - kOnes * limit) & ~value & kHighs;
  };
  return (below(word, 0x20) | below(word ^ (kOnes * '"'), 1) | below(word ^ (kOnes * '\\'), 1)) !=
         0;
}

void escape(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0xFU];
  }
}

}  // namespace

void Writer::quote(std::string_view text) {
  text_ += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i + 8 <= text.size() && !any_must_escape(text.data() + i)) {
      i += 8;
    }
    if (i == text.size()) {
      break;
    }
    if (must_escape(text[i])) {
      text_.append(text, copied, i - copied);
      escape(text[i], text_);
      copied = i + 1;
    }
  }
  text_.append(text, copied);
  text_ += '"';
}

}  // namespace layer::json
