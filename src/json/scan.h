// Runs of bytes, eight at a time. A word's lowest marked byte is exact; those above it may be
// marked by a carry, so only the lowest counts. Thread safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace layer::json {

inline std::uint64_t load_word(const char* p) {
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

// The first byte of [p, stop) that text inside quotes cannot hold as it is: a quote, a backslash or
// a control character.
inline const char* skip_plain_text(const char* p, const char* stop) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
  while (stop - p >= 8) {
    const std::uint64_t word = load_word(p);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    const std::uint64_t marks = (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
                                 ((word - kOnes * 0x20) & ~word)) &
                                kHigh;
    if (marks != 0) {
      return p + (std::countr_zero(marks) / 8);
    }
    p += 8;
  }
  while (p != stop && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) {
    ++p;
  }
  return p;
}

// The first byte of [p, stop) that is no decimal digit.
inline const char* skip_digits(const char* p, const char* stop) {
  constexpr std::uint64_t kZeros = 0x3030'3030'3030'3030;
  constexpr std::uint64_t kAboveNine = 0x7676'7676'7676'7676;
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
  while (stop - p >= 8) {
    const std::uint64_t word = load_word(p) ^ kZeros;
    const std::uint64_t marks = ((word + kAboveNine) | word) & kHigh;
    if (marks != 0) {
      return p + (std::countr_zero(marks) / 8);
    }
    p += 8;
  }
  while (p != stop && *p >= '0' && *p <= '9') {
    ++p;
  }
  return p;
}

}  // namespace layer::json
