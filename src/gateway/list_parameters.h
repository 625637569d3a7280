// Query parameters that lists share. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/error.h"

namespace layer::gateway {

// An integer parameter from 1 to `max`; `otherwise` when it is absent. Errors: kValidation.
Result<std::size_t> read_count(std::string_view query, std::string_view name, std::size_t otherwise,
                               std::size_t max);

}  // namespace layer::gateway
