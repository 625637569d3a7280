#include "engine/text/fragments.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <memory>

#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

bool is_white_space(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

void add_trimmed(std::string_view text, std::size_t begin, std::size_t end,
                 std::vector<TextRange>& out) {
  while (begin < end) {
    const Decoded first = decode_at(text, begin);
    if (!is_white_space(first.code_point)) {
      break;
    }
    begin += first.bytes;
  }
  while (begin < end) {
    std::size_t last = end - 1;
    while (last > begin && is_continuation(text[last])) {
      --last;
    }
    if (!is_white_space(decode_at(text, last).code_point)) {
      break;
    }
    end = last;
  }
  if (begin < end) {
    out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }
}

// Compiling the rules is dear, a copy of the iterator is not.
std::unique_ptr<icu::BreakIterator> sentence_iterator() {
  static const auto kPrototype = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<const icu::BreakIterator> made(
        icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
    return U_SUCCESS(status) != 0 ? std::move(made) : nullptr;
  }();
  return std::unique_ptr<icu::BreakIterator>(kPrototype != nullptr ? kPrototype->clone() : nullptr);
}

std::vector<TextRange> sentences(std::string_view text) {
  std::vector<TextRange> all;
  UErrorCode status = U_ZERO_ERROR;
  UText utf8 = UTEXT_INITIALIZER;
  utext_openUTF8(&utf8, text.data(), static_cast<std::int64_t>(text.size()), &status);
  const auto iterator = sentence_iterator();
  if (iterator != nullptr) {
    iterator->setText(&utf8, status);
  }
  if (iterator == nullptr || U_FAILURE(status) != 0) {
    // Without ICU's data the whole text is the one sentence there is.
    add_trimmed(text, 0, text.size(), all);
  } else {
    std::int32_t begin = iterator->first();
    for (std::int32_t end = iterator->next(); end != icu::BreakIterator::DONE;
         end = iterator->next()) {
      add_trimmed(text, static_cast<std::size_t>(begin), static_cast<std::size_t>(end), all);
      begin = end;
    }
  }
  utext_close(&utf8);
  return all;
}

std::vector<TextRange> paragraphs(std::string_view text) {
  std::vector<TextRange> all;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    add_trimmed(text, begin, end, all);
    begin = end + 1;
  }
  return all;
}

}  // namespace

std::vector<TextRange> split_fragments(std::string_view text, std::span<const Token> tokens,
                                       wire::Highlight::FragmentBy by) {
  switch (by) {
    case wire::Highlight::FragmentBy::kSentence:
      return sentences(text);
    case wire::Highlight::FragmentBy::kParagraph:
      return paragraphs(text);
    case wire::Highlight::FragmentBy::kWord: {
      std::vector<TextRange> words;
      words.reserve(tokens.size());
      for (const Token& token : tokens) {
        words.push_back({token.begin, token.end});
      }
      return words;
    }
    case wire::Highlight::FragmentBy::kNone:
      break;
  }
  return {{0, static_cast<std::uint32_t>(text.size())}};
}

}  // namespace layer::engine::text
