// Segmentation of the older tokenizers word_v0, word_v1 and word_v2: runs of alphanumeric code
// points, everything else separates. v1 adds emoji as tokens, v2 makes each ideograph a token.
// Thread safety: free functions. Cost: one pass, no allocation.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/text/word_break.h"

namespace layer::engine::text {

struct LegacyRules {
  bool emoji = false;
  bool split_ideographs = false;
};

// The first word at or after `pos`; false at the end of the text.
bool next_legacy_word(std::string_view text, std::size_t pos, LegacyRules rules, Segment& out);

template <class Sink>
void for_each_legacy_word(std::string_view text, LegacyRules rules, Sink&& sink) {
  Segment segment;
  for (std::size_t pos = 0; next_legacy_word(text, pos, rules, segment); pos = segment.end) {
    sink(static_cast<const Segment&>(segment));
  }
}

}  // namespace layer::engine::text
