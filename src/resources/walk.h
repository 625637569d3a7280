// The files of a directory of resources. Thread safety: free functions; they block on a disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "resources/mistake.h"

namespace layer::resources {

// What tells two states of a file apart without reading it.
struct FileSignature {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileSignature&) const = default;
};

struct FoundFile {
  std::string name;  // relative to the directory, with '/'
  std::filesystem::path path;
  FileSignature signature{};
  std::string fault{};  // not empty: why it cannot be read
};

struct Found {
  std::vector<FoundFile> files;  // by name
  // What makes the whole reading worthless: a directory that cannot be listed, too many files.
  Mistakes fatal;
  // What others than the owner and group root may write to (rule R4 of the contract: these files
  // hold commands). Directories as well as files.
  Mistakes insecure;
};

// Every *.yaml, *.yml and *.json below `root`, except in secrets/ at its top and in what begins
// with a dot. Links are followed; one that leads back to a directory on its own path, or to one
// seen before, is a fault. `on_directory` is called with each directory before it is listed, with
// secrets/ and its subdirectories too, so that a watch set there misses nothing.
Found walk(const std::filesystem::path& root,
           const std::function<void(const std::filesystem::path&)>& on_directory);

// Errors: kIo, with the reason alone as message.
Result<std::string> read_bounded(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace layer::resources
