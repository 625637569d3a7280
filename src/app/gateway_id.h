// The name a gateway gives itself at its first start and keeps in its data directory. Thread
// safety: free function. Blocks.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/error.h"

namespace layer::app {

// Makes the directory and the file "gateway-id" (16 hex digits) if need be. Errors: kIo; kCorrupt
// when the file holds something else.
Result<std::uint64_t> load_gateway_id(const std::filesystem::path& data_dir);

}  // namespace layer::app
