// Paths and query strings as they stand in a request line. Thread safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::engine::routes {

// %XX undone. nullopt: a '%' without two hex digits. A '+' stays a '+': no name, cursor or number
// of this API holds a space.
std::optional<std::string> percent_decode(std::string_view text);

// The decoded value of the first parameter `name` in "a=1&b=2". nullopt: absent, or not decodable.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// A non-negative number among the parameters; `fallback` when absent or empty.
// Errors: kInvalidUrl (plain text) for anything else.
Result<std::uint64_t> query_number(std::string_view query, std::string_view name,
                                   std::uint64_t fallback);

// A path segment as the name of a namespace: decoded, then [A-Za-z0-9-_.]{1,128}.
// Errors: kInvalidUrl, in the store's words.
Result<std::string> namespace_name(std::string_view segment);

}  // namespace layer::engine::routes
