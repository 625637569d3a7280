#include "engine/text/char_props.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <memory>

namespace layer::engine::text {
namespace {

WordBreak word_break_of(UChar32 c) {
  switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
    case U_WB_CR:
      return WordBreak::kCr;
    case U_WB_LF:
      return WordBreak::kLf;
    case U_WB_NEWLINE:
      return WordBreak::kNewline;
    case U_WB_EXTEND:
      return WordBreak::kExtend;
    case U_WB_ZWJ:
      return WordBreak::kZwj;
    case U_WB_FORMAT:
      return WordBreak::kFormat;
    case U_WB_KATAKANA:
      return WordBreak::kKatakana;
    case U_WB_HEBREW_LETTER:
      return WordBreak::kHebrewLetter;
    case U_WB_ALETTER:
      return WordBreak::kALetter;
    case U_WB_SINGLE_QUOTE:
      return WordBreak::kSingleQuote;
    case U_WB_DOUBLE_QUOTE:
      return WordBreak::kDoubleQuote;
    case U_WB_MIDNUMLET:
      return WordBreak::kMidNumLet;
    case U_WB_MIDLETTER:
      return WordBreak::kMidLetter;
    case U_WB_MIDNUM:
      return WordBreak::kMidNum;
    case U_WB_NUMERIC:
      return WordBreak::kNumeric;
    case U_WB_EXTENDNUMLET:
      return WordBreak::kExtendNumLet;
    case U_WB_REGIONAL_INDICATOR:
      return WordBreak::kRegionalIndicator;
    case U_WB_WSEGSPACE:
      return WordBreak::kWSegSpace;
    default:
      return WordBreak::kOther;
  }
}

bool has_own_script(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return U_SUCCESS(status) != 0 && script != USCRIPT_COMMON && script != USCRIPT_INHERITED &&
         script != USCRIPT_UNKNOWN;
}

CharProps describe(UChar32 c) {
  const WordBreak word_break = word_break_of(c);
  const bool pictographic = u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
  const bool ideographic = u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) != 0;
  const std::uint32_t category = U_MASK(u_charType(c));
  const bool number = (category & (U_GC_ND_MASK | U_GC_NL_MASK | U_GC_NO_MASK)) != 0;
  const bool word_like = word_break == WordBreak::kALetter ||
                         word_break == WordBreak::kHebrewLetter ||
                         word_break == WordBreak::kNumeric || pictographic || ideographic ||
                         has_own_script(c) || (category & U_GC_NO_MASK) != 0;

  unsigned flags = 0;
  flags |= word_like ? CharProps::kWordLike : 0U;
  flags |= pictographic ? CharProps::kPictographic : 0U;
  flags |= ideographic ? CharProps::kIdeographic : 0U;
  flags |= number || u_isUAlphabetic(c) != 0 ? CharProps::kAlphanumeric : 0U;
  flags |= u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) != 0 ? CharProps::kEmojiModifier : 0U;
  return {word_break, static_cast<std::uint16_t>(flags)};
}

}  // namespace

namespace detail {

std::array<std::atomic<const CharPage*>, 0x1100> char_pages{};

const CharPage& load_char_page(std::uint32_t page) {
  auto filled = std::make_unique<CharPage>();
  for (std::uint32_t i = 0; i < filled->size(); ++i) {
    (*filled)[i] = describe(static_cast<UChar32>(page * filled->size() + i));
  }
  const CharPage* winner = nullptr;
  if (char_pages[page].compare_exchange_strong(winner, filled.get(), std::memory_order_acq_rel)) {
    // Never freed: readers hold no reference count, and there are at most 0x1100 pages.
    return *filled.release();
  }
  return *winner;
}

}  // namespace detail
}  // namespace layer::engine::text
