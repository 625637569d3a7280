// What the text of a JSON string means. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "json/lexer.h"

namespace layer::json {

// `raw` is the text between the quotes, its escapes well-formed as the lexer checks them. A text
// that was cut short inside an escape ends before that escape.
std::string unescape(std::string_view raw);

// The lexer's last key or string as it is meant. Valid until the next token and while `scratch`
// stays unchanged; allocates only when there are escapes.
std::string_view text_of(const Lexer& lexer, std::string& scratch);

}  // namespace layer::json
