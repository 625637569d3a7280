// Reserved attributes hidden from who did not ask for them (rule T5 b of the contract), by editing
// bytes: what is not about them stays as it was written. Thread safety: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace layer::features::reserved {

// A query body (and each member of its `queries`) that does not bring back `names`:
// `include_attributes: true` becomes `exclude_attributes: [names]`, a caller's own
// `exclude_attributes` gets the names that are missing. A list in include_attributes stays: what is
// named explicitly is returned. nullopt: nothing to change, or a body the store will refuse.
// Cost: one pass, one copy when changed.
std::optional<std::string> hide_in_query(std::string_view body, std::span<const std::string> names);

// Without the members that begin `_hevlayer_`: of a schema answer, and of the `schema` member of a
// metadata answer. nullopt: there are none.
std::optional<std::string> hide_in_schema(std::string_view answer);
std::optional<std::string> hide_in_metadata(std::string_view answer);

}  // namespace layer::features::reserved
