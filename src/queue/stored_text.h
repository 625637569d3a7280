// Ids as the databases keep them. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace layer::queue {

// Databases hold no character 0 in a text: it becomes two characters, and so does the 1 that marks
// it. Order, and what begins with what, stay as they were.
std::string stored_text(std::string_view text);
std::string original_text(std::string_view stored);

}  // namespace layer::queue
