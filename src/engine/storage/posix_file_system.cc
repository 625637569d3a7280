#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/storage/file_system.h"
#include "engine/storage/posix_file.h"

namespace layer::engine::storage {
namespace {

using std::filesystem::path;

class MappedBlob final : public Blob {
 public:
  MappedBlob(void* address, std::size_t size, std::string name)
      : address_(address), size_(size), name_(std::move(name)) {}
  MappedBlob(const MappedBlob&) = delete;
  MappedBlob& operator=(const MappedBlob&) = delete;
  ~MappedBlob() override { ::munmap(address_, size_); }

  std::span<const std::byte> bytes() const override {
    return {static_cast<const std::byte*>(address_), size_};
  }
  const std::string& name() const override { return name_; }

 private:
  void* address_;
  std::size_t size_;
  std::string name_;
};

Result<void> sync_fd(const FileDescriptor& fd, const path& file) {
  int result = 0;
  do {
    result = ::fsync(fd.get());
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    return io_error("sync", file, errno);
  }
  return {};
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const path& file) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
    return std::make_unique<PosixFile>(std::move(fd), file, 0);
  }

  Result<std::unique_ptr<WritableFile>> append_to(const path& file) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_WRONLY | O_CREAT | O_APPEND));
    LAYER_ASSIGN(const std::uint64_t size, file_size(fd, file));
    return std::make_unique<PosixFile>(std::move(fd), file, size);
  }

  Result<std::shared_ptr<const Blob>> map(const path& file) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_RDONLY));
    LAYER_ASSIGN(const std::uint64_t size, file_size(fd, file));
    if (size == 0) {
      return memory_blob({}, file.string());  // an empty mapping is not allowed
    }
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (address == MAP_FAILED) {
      return io_error("map", file, errno);
    }
    auto blob = std::make_shared<MappedBlob>(address, size, file.string());
    // Whoever maps a file checks its checksums first: read ahead. It is only advice.
    static_cast<void>(::madvise(address, size, MADV_WILLNEED));
    return blob;
  }

  Result<std::vector<std::byte>> read(const path& file) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_RDONLY));
    LAYER_ASSIGN(const std::uint64_t size, file_size(fd, file));
    std::vector<std::byte> bytes(size);
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return io_error("read", file, errno);
      }
      if (got == 0) {
        break;  // truncated meanwhile
      }
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<void> rename(const path& from, const path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return io_error("rename", from, errno);
    }
    return {};
  }

  Result<void> link(const path& from, const path& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) {
      return io_error("link", from, errno);
    }
    return {};
  }

  Result<void> truncate(const path& file, std::uint64_t size) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_WRONLY));
    int result = 0;
    do {
      result = ::ftruncate(fd.get(), static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
      return io_error("truncate", file, errno);
    }
    return sync_fd(fd, file);
  }

  Result<void> remove(const path& file) override {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
      return io_error("remove", file, errno);
    }
    return {};
  }

  Result<void> remove_all(const path& folder) override {
    std::error_code code;
    std::filesystem::remove_all(folder, code);
    return check("remove", folder, code);
  }

  Result<void> create_directories(const path& folder) override {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    return check("create the directory", folder, code);
  }

  Result<void> sync_directory(const path& folder) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(folder, O_RDONLY | O_DIRECTORY));
    return sync_fd(fd, folder);
  }

  Result<std::vector<std::string>> list(const path& folder) override {
    std::error_code code;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end;
         at.increment(code)) {
      names.push_back(at->path().filename().string());
    }
    LAYER_TRY(check("list", folder, code));
    std::ranges::sort(names);
    return names;
  }

  bool exists(const path& file) override {
    std::error_code code;
    return std::filesystem::exists(file, code);
  }

  Result<std::shared_ptr<void>> lock(const path& file) override {
    LAYER_ASSIGN(FileDescriptor fd, open_file(file, O_RDWR | O_CREAT));
    // A lock of the open file, not of the process: a second engine in one process is kept out too.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return fail(ErrorCode::kConflict,
                    "the lock " + file.string() + " is held by another process");
      }
      return io_error("lock", file, errno);
    }
    return std::make_shared<FileDescriptor>(std::move(fd));
  }

 private:
  static Result<void> check(std::string_view action, const path& what, std::error_code code) {
    if (code) {
      return io_error(action, what, code.value());
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<FileSystem> posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace layer::engine::storage
