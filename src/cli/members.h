// Members of answers, read without fear of what is missing. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/session.h"

namespace layer::cli {

// An empty object when the text is no object.
boost::json::object parse_object(const std::string& text);
// Strings as they are, other values as JSON, nothing as "".
std::string member_text(const boost::json::object& object, std::string_view name);
// 0 where there is no number.
std::uint64_t member_count(const boost::json::object& object, std::string_view name);
double member_number(const boost::json::object& object, std::string_view name);
// The list, or null.
const boost::json::array* member_list(const boost::json::object& object, std::string_view name);
// The object, or null.
const boost::json::object* member_object(const boost::json::object& object, std::string_view name);

// "?limit=5&stage=failed" of the flags that were given; "page-size" is the parameter page_size.
std::string flags_query(const Session& session, std::initializer_list<const char*> flags);

// The answer's list `member` as a table of these columns, or as it is with --json; where a list
// goes on, how to see more of it.
void print_list(const Session& session, const std::string& body, std::string_view member,
                const std::vector<std::string>& columns);
// The answer as a table of fields, or as it is with --json.
void print_fields(const Session& session, const std::string& body);

}  // namespace layer::cli
