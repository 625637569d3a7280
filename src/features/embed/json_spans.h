// Where values stand in a JSON text. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "json/lexer.h"

namespace layer::features::embed {

// [begin, end) of a value, its quotes or brackets included.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// The value whose first token is the lexer's last one, `token`; a container is passed over.
// nullopt: not JSON.
std::optional<Span> span_of(json::Lexer& lexer, json::Token token);

// The value of the first member of that name of `object`, the text of a whole object.
std::optional<Span> find_member(std::string_view object, std::string_view name);

}  // namespace layer::features::embed
