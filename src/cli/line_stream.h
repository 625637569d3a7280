// A long answer read line by line as it comes. Thread safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/session.h"

namespace layer::cli {

// A line of more bytes ends the reading.
inline constexpr std::size_t kLineBytesMax = std::size_t{256} << 20;

// Asks for `target` as lines and hands each one on without its line feed, until the answer ends or
// `take` returns false. The answer: its status, and its body where that is no 200. Errors: those of
// the connection, which may break at any line; kTimeout when nothing came for a minute.
// Memory: one line and one piece of the body.
Result<Answer> read_lines(const Session& session, const std::string& target,
                          const std::function<bool(std::string_view line)>& take);

}  // namespace layer::cli
