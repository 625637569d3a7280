// Letters, digits and marks outside ASCII to their look-alikes in ASCII: "straße" to "strasse",
// "Ærø" to "AEro". Code points without one stay.
// Thread safety: a free function. Cost: a binary search for each code point beyond ASCII.
#pragma once

#include <string>
#include <string_view>

namespace layer::engine::text {

void append_ascii_folded(std::string_view text, std::string& out);

}  // namespace layer::engine::text
