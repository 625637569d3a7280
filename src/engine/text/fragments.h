// Cuts a text into the pieces that highlighting chooses from.
// Thread safety: free functions. Cost: one pass; sentences through ICU's rules of UAX #29.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/text/analyzer.h"
#include "wire/query.h"

namespace layer::engine::text {

// Bytes [begin, end) of the text.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const TextRange&) const = default;
};

// Ascending and disjoint. Sentences and paragraphs lose white space at both ends and are dropped
// when nothing is left; words are the raw ranges of `tokens`, which are those of `text`.
std::vector<TextRange> split_fragments(std::string_view text, std::span<const Token> tokens,
                                       wire::Highlight::FragmentBy by);

}  // namespace layer::engine::text
