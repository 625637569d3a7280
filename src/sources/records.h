// What a source hands over one by one: JSON objects. Thread safety: pure functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/error.h"

namespace layer::sources {

using Record = boost::json::object;

// Takes a record, or why one could not be read (which stops no other). False: enough.
using Sink = std::function<bool(Result<Record> record)>;

// The value at a member's name, at a path of names "a.b", or at a JSON pointer "/a/0"; null if
// none.
const boost::json::value* find_path(const boost::json::value& value, std::string_view path);

// Strings as they are, numbers as JSON, lists of strings as paragraphs; empty for anything else.
std::string text_of(const boost::json::value& value);

}  // namespace layer::sources
