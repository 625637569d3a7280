#include "objects/object_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <fmt/format.h>

#include "core/random.h"
#include "objects/failures.h"
#include "objects/file_name.h"

namespace layer::objects {
namespace {

using std::filesystem::path;

constexpr std::uint64_t kLocks = 64;
constexpr auto kTemporaryAgeMax = std::chrono::hours(1);
// How often a folder may be removed, being empty, between its making and the rename into it.
constexpr int kMoveTriesMax = 16;

std::string etag_of(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

struct Opened {
  Descriptor file;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
};

Result<Opened> open_object(std::string_view key, const path& at) {
  auto file = open_file(at, O_RDONLY);
  if (!file) {
    return file.error().code == ErrorCode::kNotFound ? not_found(key)
                                                     : std::unexpected(file.error());
  }
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) {
    return io_error("stat", at, errno);
  }
  return Opened{.file = std::move(*file),
                .size = static_cast<std::uint64_t>(status.st_size),
                .modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace

Result<void> ObjectFiles::prepare() {
  for (const std::string_view folder : {".tmp", ".lock"}) {
    std::error_code failed;
    std::filesystem::create_directories(root_ / folder, failed);
    if (failed) {
      return fail(ErrorCode::kIo, fmt::format("cannot make the directory {}: {}",
                                              (root_ / folder).string(), failed.message()));
    }
  }
  const auto now = std::filesystem::file_time_type::clock::now();
  std::error_code ignored;  // a temporary file that stays costs its space, nothing else
  for (std::filesystem::directory_iterator at(root_ / ".tmp", ignored), end; at != end;
       at.increment(ignored)) {
    std::error_code gone;
    const auto written = at->last_write_time(gone);
    if (!gone && now - written > kTemporaryAgeMax) {
      std::filesystem::remove(at->path(), gone);
    }
  }
  return sync_folder(root_);
}

path ObjectFiles::path_of(std::string_view key) const {
  path at = root_;
  for (std::size_t slash = key.find('/'); slash != key.npos; slash = key.find('/')) {
    at /= encode_file_name(key.substr(0, slash)) + "~";
    key.remove_prefix(slash + 1);
  }
  return at / encode_file_name(key);
}

Result<std::string> ObjectFiles::put(std::string_view key, std::string_view bytes,
                                     const Condition& condition) {
  LAYER_ASSIGN(const path temporary, write_temporary(bytes));
  const auto change = [&]() -> Result<std::string> {
    LAYER_ASSIGN(const Descriptor locked, lock(key));
    LAYER_TRY(check(key, condition));
    LAYER_TRY(move_into_place(temporary, path_of(key)));
    return etag_of(bytes);
  };
  auto etag = change();
  if (!etag) {
    ::unlink(temporary.c_str());
  }
  return etag;
}

Result<path> ObjectFiles::write_temporary(std::string_view bytes) {
  path at = root_ / ".tmp" / core::random_uuid();
  LAYER_ASSIGN(const Descriptor file, open_file(at, O_WRONLY | O_CREAT | O_EXCL));
  auto written = write_all(file, bytes, at);
  if (written) {
    written = sync(file, at);
  }
  if (!written) {
    ::unlink(at.c_str());
    return std::unexpected(written.error());
  }
  return at;
}

Result<Descriptor> ObjectFiles::lock(std::string_view key) {
  const std::uint64_t stripe = XXH3_64bits(key.data(), key.size()) % kLocks;
  const path at = root_ / ".lock" / fmt::format("{:02x}", stripe);
  LAYER_ASSIGN(Descriptor file, open_file(at, O_RDWR | O_CREAT));
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return io_error("lock", at, errno);
    }
  }
  return file;
}

Result<void> ObjectFiles::check(std::string_view key, const Condition& condition) {
  if (condition.kind == Condition::Kind::kNone) {
    return {};
  }
  const auto now = get(key);
  if (!now && now.error().code != ErrorCode::kNotFound) {
    return std::unexpected(now.error());
  }
  const bool holds =
      condition.kind == Condition::Kind::kAbsent ? !now : now && now->etag == condition.etag;
  if (!holds) {
    return condition_failed(key);
  }
  return {};
}

Result<void> ObjectFiles::move_into_place(const path& from, const path& to) {
  for (int tries = 1;; ++tries) {
    if (::rename(from.c_str(), to.c_str()) == 0) {
      return sync_up(to.parent_path());
    }
    if (errno != ENOENT || tries == kMoveTriesMax) {
      // Not kNotFound, whatever the reason: a put finds nothing missing.
      return fail(ErrorCode::kIo, fmt::format("cannot rename {} to {}: {}", from.string(),
                                              to.string(), std::generic_category().message(errno)));
    }
    std::error_code failed;
    std::filesystem::create_directories(to.parent_path(), failed);
    if (failed && failed.value() != ENOENT) {
      return fail(ErrorCode::kIo, fmt::format("cannot make the directory {}: {}",
                                              to.parent_path().string(), failed.message()));
    }
  }
}

// Also the folders above: another thread may have made them and not have synced them yet. Syncing a
// folder that has not changed costs next to nothing.
Result<void> ObjectFiles::sync_up(path folder) {
  for (;; folder = folder.parent_path()) {
    LAYER_TRY(sync_folder(folder));
    if (folder == root_) {
      return {};
    }
  }
}

Result<Object> ObjectFiles::get(std::string_view key) {
  const path at = path_of(key);
  LAYER_ASSIGN(const Opened opened, open_object(key, at));
  if (opened.size > kObjectBytesMax) {
    return too_large(key);
  }
  LAYER_ASSIGN(std::string bytes, read_some(opened.file, 0, opened.size, at));
  std::string etag = etag_of(bytes);
  return Object{.bytes = std::move(bytes), .etag = std::move(etag)};
}

Result<std::string> ObjectFiles::get_range(std::string_view key, std::uint64_t offset,
                                           std::uint64_t length) {
  const path at = path_of(key);
  LAYER_ASSIGN(const Opened opened, open_object(key, at));
  if (offset >= opened.size) {
    return std::string{};
  }
  return read_some(opened.file, offset, std::min(length, opened.size - offset), at);
}

Result<ObjectHead> ObjectFiles::head(std::string_view key) {
  const path at = path_of(key);
  LAYER_ASSIGN(const Opened opened, open_object(key, at));
  if (opened.size > kObjectBytesMax) {
    return too_large(key);
  }
  LAYER_ASSIGN(const std::string bytes, read_some(opened.file, 0, opened.size, at));
  return ObjectHead{.size = opened.size, .etag = etag_of(bytes), .modified_ms = opened.modified_ms};
}

Result<void> ObjectFiles::remove(std::string_view key) {
  const path at = path_of(key);
  LAYER_ASSIGN(const Descriptor locked, lock(key));
  if (::unlink(at.c_str()) != 0) {
    auto failed = io_error("remove", at, errno);
    if (failed.error().code == ErrorCode::kNotFound) {
      return {};
    }
    return failed;
  }
  LAYER_TRY(sync_folder(at.parent_path()));
  // Empty folders would make listings slower for ever; one that is not empty stays.
  for (path folder = at.parent_path(); folder != root_ && ::rmdir(folder.c_str()) == 0;
       folder = folder.parent_path()) {
  }
  return {};
}

}  // namespace layer::objects
