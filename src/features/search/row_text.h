// Rows as bytes: what they show, and two readings of one row put together. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "features/legs/legs.h"

namespace layer::features::search {

// Cuts these members from a row.
void hide(std::string& row, const std::vector<std::string>& names);

// `ranked` rows with the attributes of the rows of the same id, in the order they had. One without
// a counterpart was deleted meanwhile and goes.
void join_rows(std::vector<legs::LegRow>& ranked, const std::vector<legs::LegRow>& attributes);

}  // namespace layer::features::search
