#include "features/insights/query_words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace layer::features::insights {
namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

std::string collapse(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) {
    out.pop_back();
  }
  return out;
}

std::string fold(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfkc = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status) != 0) {
    return std::string(text);
  }
  icu::UnicodeString folded =
      nfkc->normalize(icu::UnicodeString::fromUTF8(
                          icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))),
                      status);
  folded.toLower();
  for (std::int32_t i = 0; i < folded.length(); ++i) {
    if (u_isUWhiteSpace(folded.charAt(i)) != 0) {
      folded.setCharAt(i, u' ');
    }
  }
  std::string out;
  folded.toUTF8String(out);
  return U_FAILURE(status) != 0 ? std::string(text) : out;
}

}  // namespace

std::string query_words(std::string_view text) {
  if (!std::ranges::all_of(text, is_plain)) {
    return collapse(fold(text));
  }
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return collapse(lower);
}

}  // namespace layer::features::insights
