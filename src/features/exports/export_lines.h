// Rows as lines of an export. Thread safety: pure functions. Cost: one or two copies of the rows;
// call it on a pool.
#pragma once

#include <string>
#include <vector>

#include "features/documents/answer_rows.h"

namespace layer::features::exports {

// {"id":...,<attributes>} and a line feed, row by row. Attributes whose names are the gateway's own
// are left out unless `reserved`: they were asked for by name.
std::string print_lines(const std::vector<documents::AnswerRow>& rows, bool reserved);

}  // namespace layer::features::exports
