// Percent-encoding in paths and query strings. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace layer::gateway {

// Decodes once; an escape that is none stays as it is. "+" is not a space.
std::string percent_decode(std::string_view text);

// The first value of `name` in a query string, decoded; "+" is a space there. nullopt: absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);
// All of them, in their order.
std::vector<std::string> query_parameters(std::string_view query, std::string_view name);

}  // namespace layer::gateway
