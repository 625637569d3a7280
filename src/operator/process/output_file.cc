#include "operator/process/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace layer::workers {
namespace {

constexpr unsigned kOwnerOnly = 0600;

}  // namespace

OutputFile::~OutputFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<void> OutputFile::open() {
  std::error_code ec;
  std::filesystem::create_directories(path_.parent_path(), ec);
  fd_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (fd_ < 0) {
    return fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", path_.string(),
                                            std::generic_category().message(errno)));
  }
  const auto size = std::filesystem::file_size(path_, ec);
  size_ = ec ? 0 : static_cast<std::size_t>(size);
  return {};
}

Result<void> OutputFile::append(std::string_view text) {
  while (!text.empty()) {
    if (fd_ < 0) {
      LAYER_TRY(open());
    }
    if (size_ >= kOutputFileBytesMax) {
      ::close(std::exchange(fd_, -1));
      std::error_code ec;
      std::filesystem::rename(path_, path_.string() + ".1", ec);
      if (ec) {
        return fail(ErrorCode::kIo,
                    fmt::format("cannot rename '{}': {}", path_.string(), ec.message()));
      }
      continue;
    }
    const auto written =
        ::write(fd_, text.data(), std::min(text.size(), kOutputFileBytesMax - size_));
    if (written < 0 && errno != EINTR) {
      return fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", path_.string(),
                                              std::generic_category().message(errno)));
    }
    const auto count = static_cast<std::size_t>(std::max<decltype(written)>(written, 0));
    size_ += count;
    text.remove_prefix(count);
  }
  return {};
}

}  // namespace layer::workers
