// Kept records as User Behavior Insights writes them, for other tools to read. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "features/history/reader.h"

namespace layer::features::ubi {

// One object without a line feed: a query, or an event. Events that came as UBI go out as they
// came. Empty: the record cannot be read.
std::string print(const history::Stored& record);

}  // namespace layer::features::ubi
