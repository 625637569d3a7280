// Two spellings of one query made the same (rule HI12 of the contract). Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

namespace layer::features::insights {

// NFKC, lower case, no white space around, one space for any white space within. What is not UTF-8
// stays as it is.
std::string query_words(std::string_view text);

}  // namespace layer::features::insights
