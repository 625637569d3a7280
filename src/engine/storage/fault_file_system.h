// A wrapper that fails chosen operations of another file system, for tests. Together with
// MemoryFileSystem it plays full disks, broken disks and power loss in the middle of a write.
// Thread safety: as FileSystem.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/storage/file_system.h"

namespace layer::engine::storage {

enum class FileOperation : std::uint8_t {
  kCreate,
  kAppendTo,
  kMap,
  kRead,
  kRename,
  kLink,
  kTruncate,
  kRemove,
  kRemoveAll,
  kCreateDirectories,
  kSyncDirectory,
  kList,
  kAppend,
  kSync,
  kClose,
};
inline constexpr std::size_t kFileOperationCount = 15;

// Whether the operation changes what is on the disk, or makes a change durable.
bool changes_disk(FileOperation operation);

struct Fault {
  std::optional<FileOperation> operation{};  // unset: any that changes_disk()
  std::uint64_t nth = 1;                     // counted from inject(): 1 is the next one
  std::string path_contains{};               // only operations on such paths count
  bool lasting = false;                      // all later ones that match fail as well
  std::size_t torn_bytes = 0;                // of a failing append, so many bytes get through
  std::string reason = "Input/output error";
};
inline constexpr std::string_view kNoSpace = "No space left on device";

class FaultFileSystem final : public FileSystem {
 public:
  explicit FaultFileSystem(FileSystem& inner) : inner_(inner) {}

  void inject(Fault fault);
  void clear();
  // Operations so far, failed ones included: run once to count, then fail each in turn.
  std::uint64_t count(FileOperation operation) const;
  std::uint64_t changes() const;  // of all operations that changes_disk()
  std::uint64_t failures() const;

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
  struct Armed {
    Fault fault;
    std::uint64_t seen = 0;
  };
  // Counts the operation; the fault that strikes it, if any.
  std::optional<Fault> strike(FileOperation operation, const std::filesystem::path& path);
  Result<void> pass(FileOperation operation, const std::filesystem::path& path);

  FileSystem& inner_;
  mutable std::mutex mutex_;
  std::vector<Armed> armed_;
  std::array<std::uint64_t, kFileOperationCount> counts_{};
  std::uint64_t failures_ = 0;
};

}  // namespace layer::engine::storage
