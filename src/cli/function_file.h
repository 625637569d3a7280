// A Function resource as the API wants it. Thread safety: pure functions, and one that reads a
// file.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/error.h"
#include "resources/kinds.h"

namespace layer::cli {

struct FunctionFile {
  std::string name;
  boost::json::object spec;  // with the API's names
  bool paused = false;
};

// Errors: kInvalidArgument with every mistake, a line each; the file has none or several Functions.
Result<FunctionFile> parse_function_file(std::string_view text, const std::string& file);
Result<FunctionFile> read_function_file(const std::string& file);

boost::json::object function_spec_json(const resources::FunctionSpec& spec);

}  // namespace layer::cli
