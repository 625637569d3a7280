#include "objects/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace layer::objects {
namespace {

// Linux moves at most 2 GiB - 4 KiB a call; ask for less than that.
constexpr std::size_t kBytesAtOnceMax = std::size_t{1} << 30;

// Repeats a call that a signal interrupted.
template <class F>
auto uninterrupted(F call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

std::unexpected<Error> io_error(std::string_view action, const std::filesystem::path& path,
                                int reason) {
  const auto code = reason == ENOENT || reason == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, fmt::format("cannot {} {}: {}", action, path.string(),
                                std::generic_category().message(reason)));
}

Result<Descriptor> open_file(const std::filesystem::path& path, int flags) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
  if (fd < 0) {
    return io_error("open", path, errno);
  }
  return Descriptor(fd);
}

Result<void> write_all(const Descriptor& file, std::string_view bytes,
                       const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto written = uninterrupted(
        [&] { return ::write(file.get(), bytes.data(), std::min(bytes.size(), kBytesAtOnceMax)); });
    if (written < 0) {
      return io_error("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_some(const Descriptor& file, std::uint64_t offset, std::size_t length,
                              const std::filesystem::path& path) {
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const auto got = uninterrupted([&] {
      return ::pread(file.get(), bytes.data() + done, std::min(length - done, kBytesAtOnceMax),
                     static_cast<off_t>(offset + done));
    });
    if (got < 0) {
      return io_error("read", path, errno);
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> sync(const Descriptor& file, const std::filesystem::path& path) {
  if (uninterrupted([&] { return ::fsync(file.get()); }) != 0) {
    return io_error("sync", path, errno);
  }
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  LAYER_ASSIGN(const Descriptor opened, open_file(folder, O_RDONLY | O_DIRECTORY));
  return sync(opened, folder);
}

}  // namespace layer::objects
