// Tables for people. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace layer::cli {

// Left-aligned columns, two spaces apart, a header in capitals; control characters are escaped so
// that stored text cannot drive the terminal.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

// Objects as rows: a column for each member that one of them has, in the order they come.
std::string format_rows(const boost::json::array& list);

// A cell: strings as they are, other values as JSON.
std::string cell(const boost::json::value& value);

}  // namespace layer::cli
