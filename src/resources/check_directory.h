// Offline validation: what a process started with this directory would say, all of it at once.
// Thread safety: free function; blocks on a disk.
#pragma once

#include <cstddef>
#include <filesystem>

#include "core/error.h"
#include "resources/mistake.h"

namespace layer::resources {

struct CheckedFiles {
  std::size_t files = 0;
  std::size_t objects = 0;
  Mistakes mistakes{};  // by place
  // Permissions that would keep a process from starting; not the fault of any text.
  Mistakes insecure{};
};

// A directory, or one file. Errors: kInvalidArgument when there is nothing to read.
Result<CheckedFiles> check_path(const std::filesystem::path& path);

}  // namespace layer::resources
