// Byte offsets of UTF-8 text to the unit a caller counts in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/query.h"

namespace layer::engine::text {

// Converts each offset in place; they lie on code point boundaries of `text`. Order does not matter
// and is not kept. Cost: one sort and one pass over the text, however many offsets there are.
void convert_offsets(std::string_view text, std::vector<std::uint64_t*>& offsets,
                     wire::Highlight::Offsets unit);

}  // namespace layer::engine::text
