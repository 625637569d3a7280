// What segmentation needs to know of a code point, in one small value. The properties come from
// ICU's copy of the Unicode character database; a page of 256 code points is filled when first
// seen. Thread safety: char_props() may run on many threads. Cost: two loads once a page is there.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace layer::engine::text {

// The values of the Word_Break property (UAX #29).
enum class WordBreak : std::uint8_t {
  kOther,
  kCr,
  kLf,
  kNewline,
  kExtend,
  kZwj,
  kFormat,
  kKatakana,
  kHebrewLetter,
  kALetter,
  kSingleQuote,
  kDoubleQuote,
  kMidNumLet,
  kMidLetter,
  kMidNum,
  kNumeric,
  kExtendNumLet,
  kRegionalIndicator,
  kWSegSpace,
};

class CharProps {
 public:
  enum Flag : std::uint16_t {
    kWordLike = 1U << 5U,      // makes its segment a word for word_v3 and word_v4
    kPictographic = 1U << 6U,  // Extended_Pictographic
    kAlphanumeric = 1U << 7U,  // Alphabetic or a number
    kIdeographic = 1U << 8U,
    kEmojiModifier = 1U << 9U,
  };

  CharProps() = default;
  CharProps(WordBreak word_break, std::uint16_t flags)
      : bits_(static_cast<std::uint16_t>(static_cast<std::uint16_t>(word_break) | flags)) {}

  WordBreak word_break() const { return static_cast<WordBreak>(bits_ & 0x1FU); }
  bool has(Flag flag) const { return (bits_ & flag) != 0; }

 private:
  std::uint16_t bits_ = 0;
};

namespace detail {
using CharPage = std::array<CharProps, 256>;
// One entry for each 256 code points, null until needed. Pages live as long as the process.
extern std::array<std::atomic<const CharPage*>, 0x1100> char_pages;
const CharPage& load_char_page(std::uint32_t page);
}  // namespace detail

// `c` <= 0x10FFFF.
inline CharProps char_props(char32_t c) {
  const std::uint32_t number = c >> 8U;
  const detail::CharPage* page = detail::char_pages[number].load(std::memory_order_acquire);
  return (page != nullptr ? *page : detail::load_char_page(number))[c & 0xFFU];
}

}  // namespace layer::engine::text
