// The one wording of "stored bytes are damaged": what was expected, in which file, at which byte.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.h"

namespace layer::engine::storage {

// kCorrupt: "<blob> is damaged at byte <offset>: <what>".
std::unexpected<Error> corrupt(std::string_view blob, std::uint64_t offset, std::string_view what);

}  // namespace layer::engine::storage
