#include "features/hybrid/words.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "engine/text/analyzer.h"
#include "engine/text/lowercase.h"

namespace layer::features::hybrid {
namespace {

// The list that the contract gives for "en".
constexpr std::array<std::string_view, 33> kEnglish{
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

// So much of a text is read at first where only its first words are wanted.
constexpr std::size_t kHeadBytes = 4096;
// A word this close to where the text is cut may go on behind the cut.
constexpr std::size_t kUnsureBytes = 64;

std::unordered_set<std::string_view> stopwords_of(const HybridOptions& options) {
  if (options.stopwords) {
    return {options.stopwords->begin(), options.stopwords->end()};
  }
  return {kEnglish.begin(), kEnglish.end()};
}

// Words that end at most at `end`.
std::vector<std::string> words_before(std::string_view text, std::size_t end) {
  const auto analyzer = engine::text::shared_analyzer({});
  engine::text::TokenStream stream;
  analyzer->analyze(text, stream);
  std::unordered_set<std::string_view> known;
  std::vector<std::string> words;
  for (const engine::text::Token& token : stream.tokens()) {
    if (token.end <= end && count_chars(token.text) >= kWordCharsMin &&
        known.insert(token.text).second) {
      words.emplace_back(token.text);
    }
  }
  return words;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out;
  engine::text::append_lowercase(text, out);
  return out;
}

std::size_t count_chars(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::vector<std::string> words_of(std::string_view text) {
  return words_before(text, text.size());
}

std::vector<std::string> first_words(std::string_view text, std::size_t max) {
  std::vector<std::string> words;
  if (text.size() > kHeadBytes) {
    std::size_t cut = kHeadBytes;
    while ((static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) {
      --cut;
    }
    words = words_before(text.substr(0, cut), cut - kUnsureBytes);
  }
  if (words.size() < max) {
    words = words_of(text);
  }
  words.resize(std::min(words.size(), max));
  return words;
}

ChosenWords choose_words(std::vector<std::string> words, const HybridOptions& options) {
  const auto stopwords = stopwords_of(options);
  ChosenWords chosen;
  for (std::string& word : words) {
    if (stopwords.contains(word)) {
      chosen.stopwords.push_back(std::move(word));
    } else if (chosen.words.size() < kWordsMax) {
      chosen.words.push_back(std::move(word));
    } else {
      chosen.dropped.push_back(std::move(word));
    }
  }
  return chosen;
}

}  // namespace layer::features::hybrid
