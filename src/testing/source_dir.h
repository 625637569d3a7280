// Where the project's files lie: tests read their cases, corpora and golden files from there. Found
// at run time, so that the compiler's cache serves every checkout alike.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace layer::testing {

// LAYER_SOURCE_DIR from the environment, else the first folder above this program that has the
// presets.
inline std::filesystem::path source_dir() {
  if (const char* given = std::getenv("LAYER_SOURCE_DIR"); given != nullptr) {
    return given;
  }
  std::error_code failed;
  auto folder = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  while (folder.has_relative_path() && !std::filesystem::exists(folder / "CMakePresets.json")) {
    folder = folder.parent_path();
  }
  return folder;
}

}  // namespace layer::testing
