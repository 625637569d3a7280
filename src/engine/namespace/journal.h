// The logs of one namespace: which file is written, when the next one begins, what happens when the
// disk fails. Thread safety: belongs to the holder of the namespace's commit lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "engine/storage/file_system.h"
#include "engine/storage/log.h"

namespace layer::engine::ns {

class Journal {
 public:
  // Nothing is written before the first add(). `next_log` numbers the first file.
  Journal(storage::FileSystem& files, std::filesystem::path directory, bool sync,
          std::uint64_t next_log, std::uint64_t next_sequence);
  // Goes on in a file that recovery has read.
  void resume(std::uint64_t number, const storage::LogScan& scan);

  // Begins a new file when there is none. Errors: kPayloadTooLarge, kIo; nothing is pending then
  // that was not before.
  Result<void> add(std::string_view payload);
  bool pending() const { return writer_ && writer_->pending(); }
  void drop_pending();

  // All pending records reach the disk, or none counts. After an error the file is cut back and the
  // next record begins a new one, because a second fsync after a failed one proves nothing. When
  // even the cut fails, the journal stays broken and every add() says why.
  Result<void> commit();

  // Ends the current file: later records go to the file whose number is returned.
  std::uint64_t rotate();
  std::uint64_t last_sequence() const { return next_sequence_ - 1; }  // committed
  std::uint64_t file_bytes() const { return writer_ ? writer_->size() : 0; }

  // The directory was renamed.
  void relocate(std::filesystem::path directory);
  // Frees the file descriptor until the next commit.
  void release_file();
  bool holds_file() const { return writer_ && !writer_->released(); }

 private:
  Result<void> begin_file();

  storage::FileSystem* files_;
  std::filesystem::path directory_;
  bool sync_;
  std::uint64_t number_;  // of the open file, or of the next one
  std::uint64_t next_sequence_;
  std::optional<storage::LogWriter> writer_;
  std::optional<Error> broken_;
};

}  // namespace layer::engine::ns
