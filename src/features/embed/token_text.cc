#include "features/embed/token_text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace layer::features::embed {
namespace {

// The blocks of ideographs that BERT splits; other scripts of the region have words of their own.
bool is_chinese(UChar32 c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_space(UChar32 c) {
  return u_isUWhiteSpace(c) != 0;
}

bool is_dropped(UChar32 c) {
  if (c == 0 || c == 0xFFFD) {
    return true;
  }
  if (c == '\t' || c == '\n' || c == '\r') {
    return false;
  }
  const auto type = U_MASK(u_charType(c));
  return (type & (U_GC_C_MASK)) != 0;
}

bool is_punctuation(UChar32 c) {
  if (c < 0x80) {
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126);
  }
  return (U_MASK(u_charType(c)) & U_GC_P_MASK) != 0;
}

// Puts words together code point by code point.
class Words {
 public:
  Words(const TextRules& rules, const std::function<bool(std::string_view)>& word)
      : rules_(rules), word_(word) {
    if (rules.strip_accents) {
      UErrorCode status = U_ZERO_ERROR;
      nfd_ = unorm2_getNFDInstance(&status);
    }
  }

  // False: enough.
  bool take(UChar32 c) {
    if (rules_.clean && is_dropped(c)) {
      return true;
    }
    if (is_space(c)) {
      return flush();
    }
    if (rules_.split_chinese && is_chinese(c)) {
      return flush() && decompose(c) && flush();
    }
    return decompose(c);
  }
  bool flush() {
    const bool more = buffer_.empty() || word_(buffer_);
    buffer_.clear();
    return more;
  }

 private:
  bool decompose(UChar32 c) {
    // What is above ASCII and has a canonical decomposition; the order of marks does not matter,
    // because they are left out.
    if (nfd_ == nullptr || c < 0x80) {
      return add(c);
    }
    UErrorCode status = U_ZERO_ERROR;
    UChar parts[32];
    const std::int32_t count = unorm2_getDecomposition(nfd_, c, parts, 32, &status);
    if (count < 0 || U_FAILURE(status) != 0) {
      return add(c);
    }
    for (std::int32_t i = 0; i < count;) {
      UChar32 part = 0;
      U16_NEXT(parts, i, count, part);
      if (!add(part)) {
        return false;
      }
    }
    return true;
  }
  bool add(UChar32 c) {
    if (nfd_ != nullptr && u_charType(c) == U_NON_SPACING_MARK) {
      return true;
    }
    if (rules_.lowercase) {
      c = u_tolower(c);
    }
    const bool alone = is_punctuation(c);
    if (alone && !flush()) {
      return false;
    }
    std::uint8_t bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    buffer_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
    return !alone || flush();
  }

  const TextRules& rules_;
  const std::function<bool(std::string_view)>& word_;
  const UNormalizer2* nfd_ = nullptr;
  std::string buffer_;
};

}  // namespace

void each_word(std::string_view text, const TextRules& rules,
               const std::function<bool(std::string_view)>& word) {
  Words words(rules, word);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, at, text.size(), c);
    if (!words.take(c)) {
      return;
    }
  }
  words.flush();
}

}  // namespace layer::features::embed
