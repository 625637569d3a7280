// Word segmentation of UAX #29 in its untailored form: no dictionaries, no locale. ICU's own break
// iterator is not used because it tailors the rules and looks up dictionaries for some scripts.
// Thread safety: free functions. Cost: one pass, no allocation; plain ASCII takes a table-driven
// path that gives the same segments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace layer::engine::text {

struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool word_like = false;
  bool ascii = false;
  bool ascii_upper = false;  // holds A-Z
};

// The segment that starts at the boundary `pos` < text.size().
Segment next_segment(std::string_view text, std::size_t pos);

namespace detail {

enum AsciiClass : std::uint8_t {
  kAsciiLower = 1,
  kAsciiUpper = 2,
  kAsciiDigit = 4,
  kAsciiUnderscore = 8,
  kAsciiMidLetter = 16,  // joins two letters
  kAsciiMidNumber = 32,  // joins two digits
  kAsciiWord = kAsciiLower | kAsciiUpper | kAsciiDigit | kAsciiUnderscore,
  kAsciiLetter = kAsciiLower | kAsciiUpper,
  kAsciiMid = kAsciiMidLetter | kAsciiMidNumber,
  kNotAscii = 128,
};

inline constexpr auto kAsciiClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = c >= 0x80               ? kNotAscii
               : c >= 'a' && c <= 'z'  ? kAsciiLower
               : c >= 'A' && c <= 'Z'  ? kAsciiUpper
               : c >= '0' && c <= '9'  ? kAsciiDigit
               : c == '_'              ? kAsciiUnderscore
               : c == '.' || c == '\'' ? kAsciiMid
               : c == ':'              ? kAsciiMidLetter
               : c == ',' || c == ';'  ? kAsciiMidNumber
                                       : 0;
  }
  return table;
}();

inline std::uint8_t ascii_class(char c) {
  return kAsciiClasses[static_cast<std::uint8_t>(c)];
}

// A segment that starts with a word character and can be told from ASCII alone. False when the
// general rules must decide, because a non-ASCII code point takes part.
inline bool ascii_segment(std::string_view text, std::size_t pos, Segment& out) {
  unsigned seen = 0;
  std::size_t end = pos;
  while (true) {
    unsigned next = 0;
    while (end < text.size() && ((next = ascii_class(text[end])) & kAsciiWord) != 0) {
      seen |= next;
      ++end;
    }
    if (end == text.size() || next == 0) {
      break;
    }
    if (next == kNotAscii) {
      return false;
    }
    if (end + 1 == text.size()) {
      break;
    }
    const unsigned before = ascii_class(text[end - 1]);
    const unsigned after = ascii_class(text[end + 1]);
    if (after == kNotAscii) {
      return false;
    }
    const bool letters = (next & kAsciiMidLetter) != 0 && (before & kAsciiLetter) != 0 &&
                         (after & kAsciiLetter) != 0;
    const bool digits =
        (next & kAsciiMidNumber) != 0 && (before & kAsciiDigit) != 0 && (after & kAsciiDigit) != 0;
    if (!letters && !digits) {
      break;
    }
    ++end;
  }
  out = {.begin = pos,
         .end = end,
         .word_like = (seen & (kAsciiLetter | kAsciiDigit)) != 0,
         .ascii = true,
         .ascii_upper = (seen & kAsciiUpper) != 0};
  return true;
}

// End of the ASCII separator at `pos`, a run of spaces or one other character, if nothing can be
// attached to it and it is therefore no word; else `pos`.
inline std::size_t after_separator(std::string_view text, std::size_t pos) {
  std::size_t next = pos;
  while (next < text.size() && text[next] == ' ') {
    ++next;
  }
  if (next == pos) {
    if (ascii_class(text[pos]) == kNotAscii) {
      return pos;
    }
    ++next;
  }
  return next == text.size() || ascii_class(text[next]) != kNotAscii ? next : pos;
}

}  // namespace detail

// Calls sink(const Segment&) for each word-like segment, in order.
template <class Sink>
void for_each_word(std::string_view text, Sink&& sink) {
  std::size_t pos = 0;
  Segment segment;
  while (pos < text.size()) {
    const unsigned first = detail::ascii_class(text[pos]);
    if ((first & detail::kAsciiWord) != 0) {
      if (!detail::ascii_segment(text, pos, segment)) {
        segment = next_segment(text, pos);
      }
    } else if (const std::size_t next = detail::after_separator(text, pos); next != pos) {
      pos = next;
      continue;
    } else {
      segment = next_segment(text, pos);
    }
    if (segment.word_like) {
      sink(static_cast<const Segment&>(segment));
    }
    pos = segment.end;
  }
}

}  // namespace layer::engine::text
