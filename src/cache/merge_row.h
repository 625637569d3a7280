// A patch applied to a row's bytes. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace layer::cache {

// The JSON object `row` with the values of `patch` in place of its own. nullopt when the outcome's
// bytes are not certain: a member of the patch that the row lacks (where would it stand?), a null
// (is it printed?), a name twice, an escaped name, or either is no JSON object.
std::optional<std::string> merge_row(std::string_view row, std::string_view patch);

}  // namespace layer::cache
