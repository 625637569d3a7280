// What a worker is told by its environment or by flags. Thread safety: reads the environment.
#pragma once

#include <cstdint>
#include <string>

#include "cli/session.h"

namespace layer::cli {

// The variable's value; empty: it is not set.
std::string variable(const char* name);
// The flag, else the variable, else the fallback.
std::string flag_or_variable(const Session& session, const char* flag, const char* name,
                             std::string fallback = {});
// A whole number from `least` to `most`. Errors: kInvalidArgument, naming the flag.
Result<std::uint64_t> parse_count(const char* flag, const std::string& text, std::uint64_t least,
                                  std::uint64_t most);

}  // namespace layer::cli
