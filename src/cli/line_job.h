// Jobs whose results are lines, written to a file or to standard output while they run, with how
// fast it goes on standard error. Into a file the work can be cut off: beside it stands which job
// it is, and the lines that are whole count. Thread safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/session.h"

namespace layer::cli {

struct LineJob {
  std::string jobs_target;  // "/v2/namespaces/films/scans": POST begins one
  std::string body;         // of the POST
  std::string unit;         // what a line is: "ids"
  // How lines are written; empty: as they come.
  std::function<std::string(std::string_view lines)> format{};
};

// Flags of its own: out (a file; "-" or none: standard output), resume. The exit code.
int run_line_job(Session& session, const LineJob& job);

}  // namespace layer::cli
