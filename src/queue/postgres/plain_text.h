// Texts that PostgreSQL can hold. Thread safety: plain functions.
#pragma once

#include <string>

namespace layer::queue::postgres {

// The same text where it is UTF-8 without the character 0; otherwise everything outside of ASCII
// becomes '?'. For messages of others, which may quote anything.
std::string plain_text(std::string text);

}  // namespace layer::queue::postgres
