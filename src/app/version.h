// What was built. Thread safety: constant data.
#pragma once

#include <string_view>

namespace layer::app {

std::string_view version();
// Twelve hex digits of the commit as of the last configuration, or "unknown".
std::string_view commit();

}  // namespace layer::app
