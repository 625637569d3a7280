// Edits of JSON as bytes: what is not named stays as it was written. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace layer::json {

// [begin, end) of a text gives way to `text`.
struct Replacement {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text{};

  bool operator==(const Replacement&) const = default;
};

// Precondition: the replacements are in order and do not overlap. Cost: one copy of the text.
std::string replace_ranges(std::string_view text, std::span<const Replacement> replacements);

using NamePredicate = std::function<bool(std::string_view name)>;

// Without the members whose name `cut` picks, each with the comma that goes with it. Looked at are
// the members of the root object, or with `within` those of the objects that are its members of
// that name. nullopt: nothing to cut, or not one JSON object. Cost: one pass, one copy when cut.
std::optional<std::string> cut_members(std::string_view text, const NamePredicate& cut,
                                       std::optional<std::string_view> within = std::nullopt);

}  // namespace layer::json
