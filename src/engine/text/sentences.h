// Where sentences end (UAX #29, by ICU). Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace layer::engine::text {

// Ascending offsets, the text's own end last; what lies between two is a sentence with the white
// space behind it. An empty text has none. Cost: one pass.
std::vector<std::size_t> sentence_ends(std::string_view text);

}  // namespace layer::engine::text
