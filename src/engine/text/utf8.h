// Reading and writing single code points of UTF-8. Text is checked where it enters the program, so
// these favour speed; on malformed bytes they still stay inside the buffer and always advance.
// Thread safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace layer::engine::text {

struct Decoded {
  char32_t code_point = 0;
  std::uint32_t bytes = 1;
};

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

// The code point at `pos` < text.size(). A byte that starts no complete sequence counts as one
// replacement character.
inline Decoded decode_at(std::string_view text, std::size_t pos) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[pos + i]); };
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3FU); };
  const std::uint8_t lead = byte(0);
  const std::size_t left = text.size() - pos;
  if (lead < 0x80) {
    return {lead, 1};
  }
  if (lead >= 0xC2 && lead < 0xE0 && left >= 2) {
    return {(static_cast<char32_t>(lead & 0x1FU) << 6U) | tail(1), 2};
  }
  if (lead >= 0xE0 && lead < 0xF0 && left >= 3) {
    return {(static_cast<char32_t>(lead & 0x0FU) << 12U) | (tail(1) << 6U) | tail(2), 3};
  }
  if (lead >= 0xF0 && lead < 0xF5 && left >= 4) {
    const char32_t c =
        (static_cast<char32_t>(lead & 0x07U) << 18U) | (tail(1) << 12U) | (tail(2) << 6U) | tail(3);
    return {c <= 0x10FFFF ? c : kReplacementCharacter, 4};
  }
  return {kReplacementCharacter, 1};
}

inline void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | (c >> 6U));
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3FU));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

inline bool is_continuation(char c) {
  return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U;
}

// Code points of well-formed text.
inline std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    count += is_continuation(c) ? 0 : 1;
  }
  return count;
}

// UTF-16 code units of well-formed text: four-byte sequences need two.
inline std::size_t count_utf16_units(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    count += is_continuation(c) ? 0 : static_cast<std::uint8_t>(c) >= 0xF0 ? 2 : 1;
  }
  return count;
}

}  // namespace layer::engine::text
