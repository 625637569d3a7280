// A file descriptor that closes itself, and the few blocking calls this module makes with one.
// Thread safety: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace layer::objects {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// kNotFound when `reason` (an errno) says that nothing is there, else kIo.
std::unexpected<Error> io_error(std::string_view action, const std::filesystem::path& path,
                                int reason);

Result<Descriptor> open_file(const std::filesystem::path& path, int flags);
Result<void> write_all(const Descriptor& file, std::string_view bytes,
                       const std::filesystem::path& path);
// At most `length` bytes from `offset`; fewer only at the end of the file.
Result<std::string> read_some(const Descriptor& file, std::uint64_t offset, std::size_t length,
                              const std::filesystem::path& path);
Result<void> sync(const Descriptor& file, const std::filesystem::path& path);
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace layer::objects
