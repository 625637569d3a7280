#include "json/unescape.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace layer::json {
namespace {

constexpr std::size_t kUnicodeEscapeBytes = 6;  // \uXXXX

// The unit that a \uXXXX escape at the start of `text` names.
std::optional<std::uint32_t> unit_at(std::string_view text) {
  if (text.size() < kUnicodeEscapeBytes) {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  std::from_chars(text.data() + 2, text.data() + kUnicodeEscapeBytes, unit, 16);
  return unit;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | ((code >> shift) & 0x3F));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

char plain_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // a quote, a slash, a backslash
  }
}

// Appends what the \uXXXX escape (or pair of them) at the start of `text` means; returns how many
// bytes it took, 0 when it was cut short.
std::size_t append_unicode(std::string& out, std::string_view text) {
  const auto unit = unit_at(text);
  if (!unit) {
    return 0;
  }
  if (*unit < 0xD800 || *unit > 0xDFFF) {
    append_utf8(out, *unit);
    return kUnicodeEscapeBytes;
  }
  const auto low = unit_at(text.substr(kUnicodeEscapeBytes));
  if (!low) {
    return 0;
  }
  append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
  return 2 * kUnicodeEscapeBytes;
}

}  // namespace

std::string unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t plain = raw.find('\\');
    out.append(raw.substr(0, plain));
    if (plain == std::string_view::npos || plain + 1 == raw.size()) {
      break;
    }
    raw.remove_prefix(plain);
    std::size_t used = 2;
    if (raw[1] == 'u') {
      used = append_unicode(out, raw);
      if (used == 0) {
        break;
      }
    } else {
      out += plain_escape(raw[1]);
    }
    raw.remove_prefix(used);
  }
  return out;
}

std::string_view text_of(const Lexer& lexer, std::string& scratch) {
  if (!lexer.escaped()) {
    return lexer.raw();
  }
  scratch = unescape(lexer.raw());
  return scratch;
}

}  // namespace layer::json
