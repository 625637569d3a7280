// Jobs as a person watches them. Thread safety: one thread.
#pragma once

#include <string>

#include "cli/session.h"

namespace layer::cli {

// Prints the job, one line of a table or its JSON.
void print_job(const Session& session, const std::string& body);
// Its member `id`; empty: it has none.
std::string job_id(const std::string& body);
// Asks for the job at `target` until it is over, with a progress bar on standard error where that
// is a terminal, and prints it then. The exit code: 1 when it failed or was cancelled.
int follow_job(Session& session, const std::string& target);

// "[#####.....]  52 %  1,040,000 of 2,000,000 rows, 3 s left"
std::string progress_line(const std::string& job_json);

}  // namespace layer::cli
