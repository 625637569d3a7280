// The files of a directory with what they hold, kept from one reading to the next: only files that
// changed are read and parsed again, and one that cannot be read keeps its previous objects.
// Thread safety: one thread. Blocks on a disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "resources/catalog_builder.h"
#include "resources/walk.h"

namespace layer::resources {

class DirectoryFiles {
 public:
  explicit DirectoryFiles(std::filesystem::path root) : root_(std::move(root)) {}

  struct Reading {
    bool changed = false;
    Mistakes fatal;     // not empty: nothing was read, all is as before
    Mistakes insecure;  // see Found::insecure
  };
  Reading read(const std::function<void(const std::filesystem::path&)>& on_directory);

  // By name; valid until the next read().
  std::span<const FileObjects> files() const { return files_; }

 private:
  struct Known {
    FileSignature signature{};
    std::string fault{};
    std::size_t content = 0;  // hash of the text
    // The clock that stamps files ticks slowly: a file that changed right before it was read may
    // change again under the same stamp.
    bool settled = false;
  };

  // The file's objects, and whether they are other than `previous` (may be null).
  std::pair<FileObjects, bool> load(const FoundFile& found, FileObjects* previous, Known& state);

  std::filesystem::path root_;
  std::map<std::string, Known> known_;
  std::vector<FileObjects> files_;
};

}  // namespace layer::resources
