// A whole write body with its stamps. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/writes/write_plan.h"

namespace layer::features::writes {

// `body` and `rules` are those the plan was made from; `stamp` in epoch milliseconds. Bytes that
// the plan does not name stay as they are. With `ask_affected_ids` the answer will list the ids.
// Cost: one pass of copies into one buffer.
std::string splice(std::string_view body, const WritePlan& plan, const StampRules& rules,
                   std::int64_t stamp, bool ask_affected_ids = false);

}  // namespace layer::features::writes
