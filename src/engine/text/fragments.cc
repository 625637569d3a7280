#include "engine/text/fragments.h"

#include <unicode/uchar.h>

#include "engine/text/sentences.h"
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

std::vector<TextRange> sentences(std::string_view text) {
  std::vector<TextRange> all;
  std::size_t begin = 0;
  for (const std::size_t end : sentence_ends(text)) {
    add_trimmed(text, begin, end, all);
    begin = end;
  }
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
