#include "cache/rocksdb/closed_marker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/bytes.h"

namespace layer::cache {
namespace {

constexpr std::string_view kMagic = "LAYRCCH1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kBytesMax = std::size_t{256} << 20;
constexpr const char* kName = "closed";
constexpr const char* kNewName = "closed.new";

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::unexpected<Error> io_error(const std::filesystem::path& path) {
  return fail(ErrorCode::kIo, fmt::format("{}: {}", path.string(), std::strerror(errno)));
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const File file(directory, O_RDONLY | O_DIRECTORY);
  if (!file || ::fsync(file.get()) != 0) {
    return io_error(directory);
  }
  return {};
}

Result<void> write_all(const File& file, std::string_view bytes,
                       const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return io_error(path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_all(const File& file, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return io_error(path);
  }
  std::string bytes(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), kBytesMax),
                    '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return io_error(path);
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::unexpected<Error> damaged() {
  return fail(ErrorCode::kCorrupt,
              "the marker of the closed cache is damaged or of another version");
}

ClosedSlice read_slice(core::ByteReader& in) {
  ClosedSlice slice;
  slice.id = in.fixed<std::uint32_t>();
  slice.last_put_ms = in.zigzag();
  slice.live_bytes = in.zigzag();
  constexpr std::size_t kShareBytesMin = 3;
  for (std::size_t sets = in.count(kShareBytesMin); sets > 0 && in.ok(); --sets) {
    const std::string_view name = in.string();
    SetShare& share = slice.shares[std::string(name)];
    share.records = in.zigzag();
    share.min_expires_ms = in.zigzag();
  }
  return slice;
}

}  // namespace

std::string encode_closed(const ClosedMarker& marker) {
  core::ByteWriter content;
  content.varint(marker.last_version);
  content.zigzag(marker.closed_ms);
  content.varint(marker.slices.size());
  for (const ClosedSlice& slice : marker.slices) {
    content.fixed(slice.id);
    content.zigzag(slice.last_put_ms);
    content.zigzag(slice.live_bytes);
    content.varint(slice.shares.size());
    for (const auto& [name, share] : slice.shares) {
      content.string(name);
      content.zigzag(share.records);
      content.zigzag(share.min_expires_ms);
    }
  }
  core::ByteWriter out;
  out.raw(kMagic);
  out.fixed(kVersion);
  out.fixed(std::uint32_t{0});
  out.fixed(std::uint64_t{content.size()});
  out.fixed(std::uint64_t{XXH3_64bits(content.str().data(), content.size())});
  out.raw(content.str());
  return out.take();
}

Result<ClosedMarker> decode_closed(std::string_view bytes) {
  core::ByteReader in(bytes);
  const bool known = in.raw(kMagic.size()) == kMagic && in.fixed<std::uint32_t>() == kVersion;
  const auto zero = in.fixed<std::uint32_t>();
  const auto size = in.fixed<std::uint64_t>();
  const auto checksum = in.fixed<std::uint64_t>();
  const std::string_view content = in.raw(in.left());
  if (!known || !in.done() || zero != 0 || size != content.size() ||
      checksum != XXH3_64bits(content.data(), content.size())) {
    return damaged();
  }
  core::ByteReader body(content);
  ClosedMarker marker;
  marker.last_version = body.varint();
  marker.closed_ms = body.zigzag();
  constexpr std::size_t kSliceBytesMin = 7;
  for (std::size_t slices = body.count(kSliceBytesMin); slices > 0 && body.ok(); --slices) {
    marker.slices.push_back(read_slice(body));
  }
  if (!body.done()) {
    return damaged();
  }
  return marker;
}

Result<std::optional<std::string>> take_closed(const std::filesystem::path& directory) {
  const auto path = directory / kName;
  std::optional<std::string> bytes;
  if (const File file(path, O_RDONLY); file) {
    LAYER_ASSIGN(bytes, read_all(file, path));
  } else if (errno != ENOENT) {
    return io_error(path);
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return io_error(path);
  }
  LAYER_TRY(sync_directory(directory));
  return bytes;
}

Result<void> leave_closed(const std::filesystem::path& directory, const std::string& bytes) {
  const auto fresh = directory / kNewName;
  {
    const File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) {
      return io_error(fresh);
    }
    LAYER_TRY(write_all(file, bytes, fresh));
    if (::fsync(file.get()) != 0) {
      return io_error(fresh);
    }
  }
  if (::rename(fresh.c_str(), (directory / kName).c_str()) != 0) {
    return io_error(fresh);
  }
  return sync_directory(directory);
}

}  // namespace layer::cache
