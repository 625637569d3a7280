// What a field takes, in words and in numbers. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "resources/schema.h"

namespace layer::resources {

inline constexpr std::int64_t kTextBytesMax = 4096;  // where a field sets no limit of its own
inline constexpr std::int64_t kMembersMax = 1000;    // of lists and maps, likewise

// The bounds that hold, those of the type where the field has none.
std::int64_t least(const Field& field);
std::int64_t most(const Field& field);

// Whether a value has the JSON type the field wants.
bool has_type(const Field& field, const Node& node);
// What to do about a value of another type; may be empty.
std::string hint_for_type(const Field& field, const Node& node);

// "a whole number between 1 and 32": what a message says was expected.
std::string expectation(const Field& field);
// The same for one text of a list.
std::string item_words(const Field& field);
std::string choice_words(const Field& field);  // "one of: a, b"
// Name of the type for the reference page: "duration", "list of texts".
std::string_view type_words(FieldType type);
// The bounds a field sets itself, for the reference page; empty without any.
std::string bound_words(const Field& field);

}  // namespace layer::resources
