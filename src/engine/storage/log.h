// The write-ahead log: files of framed, checksummed, numbered records. What a record means is the
// caller's. Layout and recovery rules: docs/formats/log.md.
// Thread safety: a LogWriter belongs to one thread at a time; the functions are free of state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "engine/storage/file_system.h"

namespace layer::engine::storage {

// A larger record is refused before anything is written.
inline constexpr std::uint64_t kLogRecordBytesMax = 2ULL << 30;

class LogWriter {
 public:
  // A new file whose first record will have `first_sequence`. With `sync` its header is on the disk
  // before any record is: a bad header is damage then, never a torn write. The caller syncs the
  // directory.
  static Result<LogWriter> create(FileSystem& files, const std::filesystem::path& path,
                                  std::uint64_t first_sequence, bool sync);

  // Numbers follow each other without a gap. Nothing reaches the disk before commit(). Errors:
  // kPayloadTooLarge.
  Result<void> add(std::string_view payload);
  std::uint64_t next_sequence() const { return next_sequence_; }
  // Forgets what was added since the last commit.
  void drop_pending();

  // One append of all pending records and, with `sync`, one fsync. After an error the file's end is
  // unknown: recover() or no further use.
  Result<void> commit(bool sync);
  // Cuts the file at the end of the last successful commit and closes it.
  Result<void> recover(FileSystem& files);

  std::uint64_t size() const { return committed_bytes_; }
  bool pending() const { return !pending_.empty(); }
  // Frees the file descriptor until the next commit.
  Result<void> release();
  bool released() const { return file_ == nullptr; }

  // The file was moved together with its directory.
  void relocate(std::filesystem::path path) { path_ = std::move(path); }

  // Continues a file that scan_log() has read: cuts what lies behind `valid_bytes`.
  static LogWriter resume(FileSystem& files, std::filesystem::path path, std::uint64_t salt,
                          std::uint64_t valid_bytes, std::uint64_t next_sequence);

 private:
  LogWriter() = default;
  Result<void> ensure_open();

  FileSystem* files_ = nullptr;
  std::filesystem::path path_;
  std::unique_ptr<WritableFile> file_;
  std::string pending_;
  std::uint64_t salt_ = 0;
  std::uint64_t committed_bytes_ = 0;
  std::uint64_t committed_sequence_ = 0;
  std::uint64_t next_sequence_ = 0;
  bool cut_first_ = false;  // the file may be longer than committed_bytes_
};

struct LogScan {
  std::uint64_t first_sequence = 0;
  std::uint64_t next_sequence = 0;  // after the last valid record
  std::uint64_t salt = 0;
  std::uint64_t valid_bytes = 0;  // 0: not even the header reached the disk
};

// The number in a file's header, nullopt when not even the header reached the disk. Errors:
// kCorrupt.
Result<std::optional<std::uint64_t>> log_first_sequence(std::span<const std::byte> bytes,
                                                        const std::string& name);

// Calls `visit` for each valid record in order. A torn or zeroed tail ends the scan; damage that is
// followed by a valid record is an error, as is a damaged header. Errors: kCorrupt naming the file
// and the offset; what `visit` returns.
using LogVisitor = std::function<Result<void>(std::uint64_t sequence, std::string_view payload)>;
Result<LogScan> scan_log(std::span<const std::byte> bytes, const std::string& name,
                         const LogVisitor& visit);

}  // namespace layer::engine::storage
