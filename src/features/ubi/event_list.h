// The events of a body: one object, an array of them, or objects one after the other. Thread
// safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"

namespace layer::features::ubi {

inline constexpr std::size_t kEventsMax = 1000;
inline constexpr std::size_t kEventBytesMax = core::limits::kMiB;  // of all of them

// Parts of `body`, not yet looked into. Errors: kValidation: no JSON, none or too many.
Result<std::vector<std::string_view>> split_events(std::string_view body);

}  // namespace layer::features::ubi
