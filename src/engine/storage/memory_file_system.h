// A file system in memory that can lose power, for tests of durability. It is as strict as POSIX
// allows: after lose_power() a file has the bytes of its last sync(), and a name exists only if its
// directory (and the directories above it) were synced since. Thread safety: as FileSystem.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/storage/file_system.h"

namespace layer::engine::storage {

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  // Forgets what was not synced. With a seed, chance decides how much of it reached the disk all
  // the same: a prefix of each file's unsynced bytes and a prefix of the unsynced name changes.
  // Open handles refuse further work; mappings stay.
  void lose_power(std::optional<std::uint64_t> seed = std::nullopt);

  Result<std::unique_ptr<WritableFile>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<WritableFile>> append_to(const std::filesystem::path& path) override;
  Result<std::shared_ptr<const Blob>> map(const std::filesystem::path& path) override;
  Result<std::vector<std::byte>> read(const std::filesystem::path& path) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> link(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> truncate(const std::filesystem::path& path, std::uint64_t size) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> remove_all(const std::filesystem::path& path) override;
  Result<void> create_directories(const std::filesystem::path& path) override;
  Result<void> sync_directory(const std::filesystem::path& path) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& path) override;
  bool exists(const std::filesystem::path& path) override;
  Result<std::shared_ptr<void>> lock(const std::filesystem::path& path) override;

 private:
  class File;
  struct Inode;
  // A directory is an entry without an inode.
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  // One change of names, not yet synced: `gone` disappears, then `path` becomes `inode`.
  struct Change {
    std::string gone;
    std::string path;
    std::shared_ptr<Inode> inode;
  };

  static void apply(Names& names, const Change& change);
  void change(Change change);
  std::shared_ptr<Inode> find(const std::string& path) const;
  bool parent_exists(const std::string& path) const;
  std::shared_ptr<Inode> new_file(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<void>> locks_;
  Names names_;
  Names durable_;
  std::vector<Change> pending_;
  std::uint64_t generation_ = 0;  // counts power losses: handles of an older one are dead
};

}  // namespace layer::engine::storage
