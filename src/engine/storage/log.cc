#include "engine/storage/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <type_traits>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/failpoint.h"

namespace layer::engine::storage {
namespace {

constexpr std::uint64_t kFileMagic = 0x31474F4C5259414CULL;  // "LAYRLOG1"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kRecordMagic = 0x4345524CU;  // "LREC"

struct FileHeader {
  std::uint64_t magic = kFileMagic;
  std::uint32_t version = kVersion;
  std::uint32_t check = 0;  // of the two members below
  std::uint64_t first_sequence = 0;
  // Seeds every checksum of the file, so that bytes of another file, or of a document that imitates
  // a record, are never taken for one.
  std::uint64_t salt = 0;
};
static_assert(sizeof(FileHeader) == 32 && std::is_trivially_copyable_v<FileHeader>);

struct RecordHeader {
  std::uint32_t magic = kRecordMagic;
  std::uint32_t check = 0;  // of the three members below
  std::uint64_t length = 0;
  std::uint64_t sequence = 0;
  std::uint64_t payload_hash = 0;
};
static_assert(sizeof(RecordHeader) == 32 && std::is_trivially_copyable_v<RecordHeader>);

std::uint32_t check_of(const FileHeader& header) {
  return static_cast<std::uint32_t>(XXH3_64bits(&header.first_sequence, 16));
}

std::uint32_t check_of(const RecordHeader& header, std::uint64_t salt) {
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(&header.length, 24, salt));
}

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

std::span<const std::byte> as_span(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct Record {
  std::uint64_t sequence = 0;
  std::string_view payload;
};

std::optional<Record> record_at(std::string_view bytes, std::uint64_t offset, std::uint64_t salt) {
  if (bytes.size() - offset < sizeof(RecordHeader)) {
    return std::nullopt;
  }
  RecordHeader header;
  std::memcpy(&header, bytes.data() + offset, sizeof(header));
  if (header.magic != kRecordMagic || header.check != check_of(header, salt) ||
      header.length > bytes.size() - offset - sizeof(header)) {
    return std::nullopt;
  }
  const std::string_view payload = bytes.substr(offset + sizeof(header), header.length);
  if (XXH3_64bits_withSeed(payload.data(), payload.size(), salt) != header.payload_hash) {
    return std::nullopt;
  }
  return Record{.sequence = header.sequence, .payload = payload};
}

// The offset of the first valid record at or after `offset`.
std::optional<std::uint64_t> find_record(std::string_view bytes, std::uint64_t offset,
                                         std::uint64_t salt) {
  const std::string_view magic = bytes_of(kRecordMagic);
  for (std::size_t at = bytes.find(magic, offset); at != std::string_view::npos;
       at = bytes.find(magic, at + 1)) {
    if (record_at(bytes, at, salt)) {
      return at;
    }
  }
  return std::nullopt;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::optional<FileHeader>> read_header(std::string_view text, const std::string& name) {
  // A crash while the file was created leaves it short or zero.
  if (text.size() < sizeof(FileHeader) || text.find_first_not_of('\0') == std::string_view::npos) {
    return std::nullopt;
  }
  FileHeader header;
  std::memcpy(&header, text.data(), sizeof(header));
  if (header.magic != kFileMagic || header.check != check_of(header)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("log file {} is damaged at offset 0: bad header", name));
  }
  if (header.version != kVersion) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("log file {} has format version {}, this program reads version {}",
                            name, header.version, kVersion));
  }
  return header;
}

}  // namespace

Result<std::optional<std::uint64_t>> log_first_sequence(std::span<const std::byte> bytes,
                                                        const std::string& name) {
  LAYER_ASSIGN(const auto header, read_header(text_of(bytes), name));
  return header ? std::optional(header->first_sequence) : std::nullopt;
}

Result<LogWriter> LogWriter::create(FileSystem& files, const std::filesystem::path& path,
                                    std::uint64_t first_sequence, bool sync) {
  std::random_device entropy;
  FileHeader header;
  header.first_sequence = first_sequence;
  header.salt = (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
  header.check = check_of(header);
  LogWriter writer;
  writer.files_ = &files;
  writer.path_ = path;
  writer.salt_ = header.salt;
  writer.next_sequence_ = writer.committed_sequence_ = first_sequence;
  LAYER_ASSIGN(writer.file_, files.create(path));
  LAYER_TRY(writer.file_->append(as_span(bytes_of(header))));
  if (sync) {
    LAYER_TRY(writer.file_->sync());
  }
  writer.committed_bytes_ = sizeof(header);
  return writer;
}

LogWriter LogWriter::resume(FileSystem& files, std::filesystem::path path, std::uint64_t salt,
                            std::uint64_t valid_bytes, std::uint64_t next_sequence) {
  LogWriter writer;
  writer.files_ = &files;
  writer.path_ = std::move(path);
  writer.salt_ = salt;
  writer.committed_bytes_ = valid_bytes;
  writer.next_sequence_ = writer.committed_sequence_ = next_sequence;
  writer.cut_first_ = true;
  return writer;
}

Result<void> LogWriter::add(std::string_view payload) {
  if (payload.size() > kLogRecordBytesMax) {
    return fail(ErrorCode::kPayloadTooLarge,
                fmt::format("the write needs a log record of {} bytes, the maximum is {}; split it",
                            payload.size(), kLogRecordBytesMax));
  }
  RecordHeader header;
  header.length = payload.size();
  header.sequence = next_sequence_++;
  header.payload_hash = XXH3_64bits_withSeed(payload.data(), payload.size(), salt_);
  header.check = check_of(header, salt_);
  pending_.append(bytes_of(header));
  pending_.append(payload);
  return {};
}

void LogWriter::drop_pending() {
  pending_.clear();
  next_sequence_ = committed_sequence_;
}

Result<void> LogWriter::ensure_open() {
  if (file_ != nullptr) {
    return {};
  }
  if (cut_first_) {
    LAYER_TRY(files_->truncate(path_, committed_bytes_));
    cut_first_ = false;
  }
  LAYER_ASSIGN(file_, files_->append_to(path_));
  return {};
}

Result<void> LogWriter::commit(bool sync) {
  LAYER_TRY(ensure_open());
  core::failpoint("log.append.before");
  if (core::failpoint_due("log.append.torn")) {
    (void)file_->append(as_span(std::string_view(pending_).substr(0, pending_.size() / 2)));
    core::failpoint_die();
  }
  LAYER_TRY(file_->append(as_span(pending_)));
  core::failpoint("log.sync.before");
  if (sync) {
    LAYER_TRY(file_->sync());
  }
  core::failpoint("log.sync.after");
  committed_bytes_ += pending_.size();
  committed_sequence_ = next_sequence_;
  // A large write must not keep its memory for the life of the namespace.
  if (pending_.capacity() > 1U << 20) {
    pending_ = {};
  }
  pending_.clear();
  return {};
}

Result<void> LogWriter::recover(FileSystem& files) {
  drop_pending();
  if (file_ != nullptr) {
    (void)file_->close();  // its state is unknown already; the cut below decides
    file_ = nullptr;
  }
  return files.truncate(path_, committed_bytes_);
}

Result<void> LogWriter::release() {
  if (file_ == nullptr) {
    return {};
  }
  auto closed = file_->close();
  file_ = nullptr;
  return closed;
}

Result<LogScan> scan_log(std::span<const std::byte> bytes, const std::string& name,
                         const LogVisitor& visit) {
  const std::string_view text = text_of(bytes);
  LAYER_ASSIGN(const auto found, read_header(text, name));
  if (!found) {
    return LogScan{};
  }
  const FileHeader& header = *found;
  LogScan scan{.first_sequence = header.first_sequence,
               .next_sequence = header.first_sequence,
               .salt = header.salt,
               .valid_bytes = sizeof(header)};
  while (scan.valid_bytes < text.size()) {
    const auto record = record_at(text, scan.valid_bytes, header.salt);
    if (!record || record->sequence != scan.next_sequence) {
      if (const auto next = find_record(text, scan.valid_bytes, header.salt)) {
        return fail(ErrorCode::kCorrupt,
                    fmt::format("log file {} is damaged at offset {}: valid records follow at {}",
                                name, scan.valid_bytes, *next));
      }
      break;
    }
    LAYER_TRY(visit(record->sequence, record->payload));
    scan.valid_bytes += sizeof(RecordHeader) + record->payload.size();
    ++scan.next_sequence;
  }
  return scan;
}

}  // namespace layer::engine::storage
