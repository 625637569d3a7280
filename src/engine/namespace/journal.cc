#include "engine/namespace/journal.h"

#include <fmt/core.h>

#include <utility>

#include "engine/namespace/paths.h"

namespace layer::engine::ns {

using storage::LogWriter;

Journal::Journal(storage::FileSystem& files, std::filesystem::path directory, bool sync,
                 std::uint64_t next_log, std::uint64_t next_sequence)
    : files_(&files),
      directory_(std::move(directory)),
      sync_(sync),
      number_(next_log),
      next_sequence_(next_sequence) {}

void Journal::resume(std::uint64_t number, const storage::LogScan& scan) {
  number_ = number;
  next_sequence_ = scan.next_sequence;
  writer_ = LogWriter::resume(*files_, log_path(directory_, number), scan.salt, scan.valid_bytes,
                              scan.next_sequence);
}

Result<void> Journal::begin_file() {
  // The first record of all is written below tmp/: until it is synced the file counts for nothing,
  // header included.
  const bool sync_header = sync_ && next_sequence_ > 1;
  LAYER_ASSIGN(LogWriter writer, LogWriter::create(*files_, log_path(directory_, number_),
                                                   next_sequence_, sync_header));
  // Without its name a synced file is lost all the same.
  if (sync_) {
    LAYER_TRY(files_->sync_directory(directory_));
  }
  writer_ = std::move(writer);
  return {};
}

Result<void> Journal::add(std::string_view payload) {
  if (broken_) {
    return std::unexpected(*broken_);
  }
  if (!writer_) {
    LAYER_TRY(begin_file());
  }
  return writer_->add(payload);
}

void Journal::drop_pending() {
  if (writer_) {
    writer_->drop_pending();
  }
}

Result<void> Journal::commit() {
  auto committed = writer_->commit(sync_);
  if (committed) {
    next_sequence_ = writer_->next_sequence();
    return committed;
  }
  if (auto cut = writer_->recover(*files_); !cut) {
    broken_ = Error{.code = ErrorCode::kUnavailable,
                    .message = fmt::format(
                        "the log in {} failed and could not be repaired ({}; {}); "
                        "check the disk, then restart to recover",
                        directory_.string(), committed.error().message, cut.error().message)};
  }
  writer_.reset();
  ++number_;
  return committed;
}

std::uint64_t Journal::rotate() {
  if (writer_) {
    release_file();
    writer_.reset();
    ++number_;
  }
  return number_;
}

void Journal::relocate(std::filesystem::path directory) {
  directory_ = std::move(directory);
  if (writer_) {
    writer_->relocate(log_path(directory_, number_));
  }
}

void Journal::release_file() {
  if (writer_) {
    // Every record is synced already: nothing is lost when closing fails.
    (void)writer_->release();
  }
}

}  // namespace layer::engine::ns
