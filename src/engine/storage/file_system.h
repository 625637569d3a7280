// Everything the engine does with files goes through this interface, so that tests can fail any
// step of it. Paths are as the operating system takes them. Thread safety: all members of
// FileSystem from many threads; a WritableFile belongs to one thread at a time. Errors: kIo, naming
// the path and the reason. Cost: the system calls; nothing is buffered here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"

namespace layer::engine::storage {

// Immutable bytes: a mapped file, or memory. The bytes live as long as the blob.
class Blob {
 public:
  virtual ~Blob() = default;
  virtual std::span<const std::byte> bytes() const = 0;
  // For messages: the file's path, or "memory".
  virtual const std::string& name() const = 0;
};
std::shared_ptr<const Blob> memory_blob(std::vector<std::byte> bytes, std::string name = "memory");

// After a failed append or sync nobody knows what is on the disk: the handle then refuses further
// appends and syncs with the first error. To go on, truncate the file and open it again. The
// destructor closes without sync.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
  virtual Result<void> sync() = 0;  // data and size reach the disk
  virtual Result<void> close() = 0;
  virtual std::uint64_t size() const = 0;  // bytes in the file, as far as appends succeeded
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<WritableFile>> create(
      const std::filesystem::path& path) = 0;  // truncates
  virtual Result<std::unique_ptr<WritableFile>> append_to(const std::filesystem::path& path) = 0;
  // The mapping outlives rename and remove. Nobody may truncate a mapped file.
  virtual Result<std::shared_ptr<const Blob>> map(const std::filesystem::path& path) = 0;
  virtual Result<std::vector<std::byte>> read(const std::filesystem::path& path) = 0;
  // Replaces `to`. Durable after sync_directory(), as are create, link and remove.
  virtual Result<void> rename(const std::filesystem::path& from,
                              const std::filesystem::path& to) = 0;
  virtual Result<void> link(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Durable when it returns.
  virtual Result<void> truncate(const std::filesystem::path& path, std::uint64_t size) = 0;
  // Removing what is not there succeeds, so that clean-up after a crash may be repeated.
  virtual Result<void> remove(const std::filesystem::path& path) = 0;
  virtual Result<void> remove_all(const std::filesystem::path& path) = 0;
  virtual Result<void> create_directories(const std::filesystem::path& path) = 0;
  virtual Result<void> sync_directory(const std::filesystem::path& path) = 0;
  virtual Result<std::vector<std::string>> list(
      const std::filesystem::path& path) = 0;  // names, sorted
  virtual bool exists(const std::filesystem::path& path) = 0;
  // Creates the file if needed and keeps every other holder, of this process or another, out until
  // the handle is dropped. Errors: kConflict when somebody holds it.
  virtual Result<std::shared_ptr<void>> lock(const std::filesystem::path& path) = 0;
};
std::unique_ptr<FileSystem> posix_file_system();

// Writes `path` so that a crash leaves the old content or the new one: temporary file, fsync,
// rename, fsync of the directory.
Result<void> replace_file(FileSystem& files, const std::filesystem::path& path,
                          std::span<const std::byte> bytes);

}  // namespace layer::engine::storage
