#include "engine/text/legacy_words.h"

#include "engine/text/char_props.h"
#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

constexpr char32_t kZeroWidthJoiner = 0x200D;

bool is_regional(CharProps props) {
  return props.word_break() == WordBreak::kRegionalIndicator;
}

bool starts_emoji(CharProps props) {
  return props.has(CharProps::kPictographic) || is_regional(props);
}

bool is_variation_selector(char32_t c) {
  return c == 0xFE0E || c == 0xFE0F;
}

bool is_tag(char32_t c) {
  return c >= 0xE0020 && c <= 0xE007F;
}

// End of the emoji glyph whose first code point ends at `pos`: a flag of two regional indicators,
// or pictographs joined by ZWJ, each with its modifiers, variation selectors and tags.
std::size_t emoji_end(std::string_view text, std::size_t pos, bool flag) {
  bool joined = false;
  while (pos < text.size()) {
    const Decoded next = decode_at(text, pos);
    const CharProps props = char_props(next.code_point);
    if (flag && is_regional(props)) {
      return pos + next.bytes;
    }
    const bool attached = next.code_point == kZeroWidthJoiner ||
                          is_variation_selector(next.code_point) || is_tag(next.code_point) ||
                          props.has(CharProps::kEmojiModifier) ||
                          (joined && props.has(CharProps::kPictographic));
    if (!attached) {
      break;
    }
    joined = next.code_point == kZeroWidthJoiner;
    pos += next.bytes;
  }
  return pos;
}

}  // namespace

bool next_legacy_word(std::string_view text, std::size_t pos, LegacyRules rules, Segment& out) {
  out = {.begin = pos, .end = pos, .word_like = true, .ascii = true, .ascii_upper = false};
  bool inside = false;
  while (pos < text.size()) {
    const Decoded next = decode_at(text, pos);
    const char32_t c = next.code_point;
    const CharProps props = char_props(c);
    if (!props.has(CharProps::kAlphanumeric)) {
      if (inside) {
        return true;
      }
      if (rules.emoji && starts_emoji(props)) {
        const std::size_t end = emoji_end(text, pos + next.bytes, is_regional(props));
        out = {.begin = pos, .end = end, .word_like = true, .ascii = false, .ascii_upper = false};
        return true;
      }
      pos += next.bytes;
      continue;
    }
    const bool alone = rules.split_ideographs && props.has(CharProps::kIdeographic);
    if (inside && alone) {
      return true;
    }
    if (!inside) {
      out.begin = pos;
      inside = true;
    }
    out.ascii &= c < 0x80;
    out.ascii_upper |= c >= 'A' && c <= 'Z';
    pos += next.bytes;
    out.end = pos;
    if (alone) {
      return true;
    }
  }
  return inside;
}

}  // namespace layer::engine::text
