// A file descriptor that closes itself, and a file that is appended to. Private to the POSIX file
// system. Thread safety: as WritableFile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "engine/storage/file_system.h"

namespace layer::engine::storage {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// kIo with "cannot <action> <path>: <reason>" for the errno value `reason`.
std::unexpected<Error> io_error(std::string_view action, const std::filesystem::path& path,
                                int reason);

// O_CLOEXEC is added; interrupted calls are repeated.
Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags);
Result<std::uint64_t> file_size(const FileDescriptor& fd, const std::filesystem::path& path);

class PosixFile final : public WritableFile {
 public:
  PosixFile(FileDescriptor fd, std::filesystem::path path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Result<void> append(std::span<const std::byte> bytes) override;
  Result<void> sync() override;
  Result<void> close() override;
  std::uint64_t size() const override { return size_; }

 private:
  Result<void> usable() const;
  Result<void> poison(std::string_view action, int reason);

  FileDescriptor fd_;
  std::filesystem::path path_;
  std::uint64_t size_;
  std::optional<Error> failed_;
};

}  // namespace layer::engine::storage
