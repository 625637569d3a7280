// Values of a JSON text as the bytes they were written with. Thread safety: pure functions.
// Views point into the text that was given. Cost: one pass over the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/lexer.h"

namespace layer::features::namespaces {

// Where a value stands: [begin, end) of the text; `token` is its first.
struct Slice {
  json::Token token = json::Token::kInvalid;
  std::size_t begin = 0;
  std::size_t end = 0;

  bool is_value() const { return end > begin; }
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// Reads the value that comes next, containers whole. Not a value (the end of a container, or no
// JSON): the slice is empty and holds the token.
Slice next_value(json::Lexer& lexer);

struct Member {
  std::string name;
  Slice value;
};
// The members of an object, items of an array; empty when `text` is not one.
std::vector<Member> members_of(std::string_view text);
std::vector<Slice> items_of(std::string_view text);

// The value of the first member of that name; empty when there is none.
std::string_view raw_member(std::string_view object, std::string_view name);

// What a JSON string means; empty for another value.
std::string string_of(std::string_view json);

}  // namespace layer::features::namespaces
