// How the full_text_search member of a declaration changes an attribute's configuration.
// Thread safety: a free function over values.
#pragma once

#include <optional>
#include <variant>

#include "core/error.h"
#include "wire/schema.h"
#include "wire/schema_input.h"

namespace layer::wire {

// The configuration after `input`, nullopt when it switches full-text search off. Keys of an object
// replace those of the stored configuration; `true` keeps what is stored.
// Errors: 400 for values out of range and for combinations no analyzer offers.
Result<std::optional<FullTextConfig>> merge_full_text(
    const Attribute& attribute, const std::variant<bool, FullTextInput>& input);

}  // namespace layer::wire
