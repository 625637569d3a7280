#include "gateway/auth/keys_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/auth/keys_reader.h"
#include "resources/read_text.h"

namespace layer::gateway {
namespace {

std::unexpected<std::vector<Error>> refuse(ErrorCode code, std::string message) {
  return std::unexpected(std::vector{Error{.code = code, .message = std::move(message)}});
}

struct Descriptor {
  explicit Descriptor(const std::filesystem::path& path)
      : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  int fd;
};

std::string system_message() {
  return std::generic_category().message(errno);
}

}  // namespace

KeysFileResult parse_keys(std::string_view text, const std::string& file,
                          const ResolveSecret& resolve) {
  const resources::Documents documents =
      resources::read_text(text, resources::format_of(file), file);
  KeysReader reader(file, resolve);
  for (const resources::Mistake& mistake : documents.mistakes) {
    reader.fault(mistake.origin.at,
                 mistake.hint.empty() ? mistake.message : mistake.message + "; " + mistake.hint);
  }
  if (documents.mistakes.empty()) {
    reader.read(documents.roots);
  }
  return std::move(reader).take();
}

KeysFileResult read_keys_file(const std::filesystem::path& path, const ResolveSecret& resolve) {
  const std::string file = path.string();
  const Descriptor in(path);
  struct stat info{};
  if (in.fd < 0 || ::fstat(in.fd, &info) != 0) {
    return refuse(ErrorCode::kIo, fmt::format("{}: {}", file, system_message()));
  }
  if (!S_ISREG(info.st_mode)) {
    return refuse(ErrorCode::kInvalidArgument, fmt::format("{}: is not a file", file));
  }
  if ((info.st_mode & S_IRWXO) != 0) {
    return refuse(ErrorCode::kInvalidArgument,
                  fmt::format("{}: others may use this file (mode {:04o}): run chmod 600 {}", file,
                              info.st_mode & 07777U, file));
  }
  // One byte more than is allowed tells a file that is too large, whatever its size says.
  std::string text(kKeysFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(in.fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return refuse(ErrorCode::kIo, fmt::format("{}: {}", file, system_message()));
    }
    if (got == 0) {
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  if (size > kKeysFileBytesMax) {
    return refuse(ErrorCode::kInvalidArgument,
                  fmt::format("{}: is larger than {} bytes", file, kKeysFileBytesMax));
  }
  text.resize(size);
  return parse_keys(text, file, resolve);
}

}  // namespace layer::gateway
