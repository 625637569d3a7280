#include "engine/storage/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace layer::engine::storage {
namespace {

// Linux writes at most 2 GiB - 4 KiB a call; ask for less than that.
constexpr std::size_t kWriteBytesMax = std::size_t{1} << 30;

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

std::unexpected<Error> io_error(std::string_view action, const std::filesystem::path& path,
                                int reason) {
  return fail(ErrorCode::kIo, fmt::format("cannot {} {}: {}", action, path.string(),
                                          std::generic_category().message(reason)));
}

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return io_error("open", path, errno);
  }
  return FileDescriptor(fd);
}

Result<std::uint64_t> file_size(const FileDescriptor& fd, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) {
    return io_error("stat", path, errno);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::append(std::span<const std::byte> bytes) {
  LAYER_TRY(usable());
  while (!bytes.empty()) {
    const ssize_t written =
        ::write(fd_.get(), bytes.data(), std::min(bytes.size(), kWriteBytesMax));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return poison("append to", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> PosixFile::sync() {
  LAYER_TRY(usable());
  int result = 0;
  do {
    result = ::fdatasync(fd_.get());
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    return poison("sync", errno);
  }
  return {};
}

Result<void> PosixFile::close() {
  if (fd_.get() < 0) {
    return {};
  }
  // Linux frees the descriptor even when close is interrupted: never repeat it.
  if (::close(fd_.release()) != 0 && errno != EINTR) {
    return poison("close", errno);
  }
  return {};
}

Result<void> PosixFile::usable() const {
  if (failed_) {
    return std::unexpected(*failed_);
  }
  if (fd_.get() < 0) {
    return io_error("write to the closed file", path_, EBADF);
  }
  return {};
}

Result<void> PosixFile::poison(std::string_view action, int reason) {
  auto error = io_error(action, path_, reason);
  failed_ = error.error();
  return error;
}

}  // namespace layer::engine::storage
