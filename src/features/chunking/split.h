// A text in chunks. Thread safety: pure functions. Cost: linear in the text and in what comes out.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/chunking/chunk_rule.h"

namespace layer::features::chunking {

inline constexpr std::size_t kChunksMax = 10'000;  // of one text

// How many tokens a model makes of a text.
using TokenCount = std::function<std::size_t(std::string_view text)>;

// Chunks in the order of the text, without white space at their ends, none of them empty or above
// the rule's size (one character counts as one token at least). All of the text but white space is
// in one or more of them. Views into `text`. Tokens are counted piece by piece: a model may make
// some more or fewer of the chunk as a whole. Errors: kValidation, more than kChunksMax chunks.
Result<std::vector<std::string_view>> split(std::string_view text, const SplitRule& rule,
                                            const TokenCount& tokens);

}  // namespace layer::features::chunking
