// Which functions this gateway registered because a resource asked for them, in a file of the data
// directory (docs/formats/registered-functions.md): one whose resource goes while the gateway is
// off is removed when it begins again. Thread safety: free functions. They block on a disk.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "core/error.h"

namespace layer::app {

// Without a file: none. Errors: kIo, kCorrupt.
Result<std::set<std::string>> read_registered(const std::filesystem::path& file);
// Whole or not at all. Errors: kIo.
Result<void> write_registered(const std::filesystem::path& file,
                              const std::set<std::string>& names);

}  // namespace layer::app
