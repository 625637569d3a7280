// Text as tokenizers of the BERT family read it: cleaned, lower-cased, cut into words. Thread
// safety: pure functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace layer::features::embed {

struct TextRules {
  bool clean = true;          // control characters are left out, every white space is a space
  bool split_chinese = true;  // each ideograph is a word
  bool strip_accents = true;
  bool lowercase = true;

  bool operator==(const TextRules&) const = default;
};

// Calls `word` for each word (what lies between white space; each punctuation mark is one too)
// until it answers false. Bytes that are no UTF-8 count as U+FFFD. Cost: linear; words are handed
// out of one buffer, so the view is valid during the call only.
void each_word(std::string_view text, const TextRules& rules,
               const std::function<bool(std::string_view word)>& word);

}  // namespace layer::features::embed
