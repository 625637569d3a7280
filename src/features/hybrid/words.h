// The words of a text, as the store's default analyzer finds them, and which of them are looked for
// with misspellings (rule HT2 of the contract). Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "features/hybrid/expression.h"

namespace layer::features::hybrid {

inline constexpr std::size_t kWordsMax = 15;
inline constexpr std::size_t kWordCharsMin = 2;
// Shorter words have too many neighbours to be looked for with misspellings.
inline constexpr std::size_t kFuzzyCharsMin = 3;

std::string lower(std::string_view text);
std::size_t count_chars(std::string_view text);  // code points

// Lower-cased, of kWordCharsMin to 39 characters, each once, in the order of the text.
std::vector<std::string> words_of(std::string_view text);
// The first `max` of them. Cost: reads little more of a long text than it takes.
std::vector<std::string> first_words(std::string_view text, std::size_t max);

struct ChosenWords {
  std::vector<std::string> words;      // without stop words, at most kWordsMax
  std::vector<std::string> stopwords;  // of the text, that were left out
  std::vector<std::string> dropped;    // words beyond kWordsMax
};
ChosenWords choose_words(std::vector<std::string> words, const HybridOptions& options);

}  // namespace layer::features::hybrid
