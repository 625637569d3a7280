// Records on this machine's disk until they are in the object store. Records of one namespace and
// hour are a group; a group is sealed when it is old or large enough and is then a segment with a
// name of its own, which says what it holds whatever happens: a process that is killed while it
// uploads uploads the same segment under the same name again. Logs whose records are all uploaded
// are removed, oldest first. Format: docs/formats/history.md.
//
// Thread safety: one thread at a time, except bytes(); it blocks on files. After an error of a file
// the spool goes on with a new one: what could not be written is counted as dropped.
// Cost: 8 bytes of memory for each record that is not uploaded.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "engine/storage/file_system.h"
#include "features/history/reader.h"
#include "features/history/segment_name.h"
#include "features/history/spool_frames.h"

namespace layer::features::history {

struct NewRecord {
  std::string ns{};
  std::int64_t timestamp_ns = 0;
  std::string line{};
};

// A segment that is not in the object store yet. Only the spool reads it.
struct SpoolSegment {
  struct Place {
    std::uint32_t log = 0;
    std::uint32_t offset = 0;
  };
  std::string ns{};
  std::int64_t hour = 0;
  std::vector<Place> places{};
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;
  std::uint64_t bytes = 0;    // of its lines
  std::uint64_t counter = 0;  // 0: not sealed
  core::Clock::TimePoint begun{};
  bool uploading = false;
};

// Lines of a segment, still in the mapped logs. A value for any thread.
struct SpoolText {
  std::shared_ptr<SpoolSegment> segment{};
  std::int64_t hour = 0;
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;
  std::vector<std::pair<std::shared_ptr<const engine::storage::Blob>, std::uint32_t>> places{};

  // Each line ended by a line feed. Cost: reads the logs.
  std::string lines() const;
};

struct SpoolOptions {
  std::filesystem::path dir{};
  std::string gateway{};
  std::chrono::milliseconds flush_every{10'000};
  std::uint64_t bytes_max = std::uint64_t{1} << 30;
};

struct SpoolLosses {
  std::uint64_t full = 0;     // records that went because the spool was full
  std::uint64_t failed = 0;   // records that a file would not take
  std::uint64_t damaged = 0;  // logs whose end could not be read
};

class Spool {
 public:
  static constexpr std::uint64_t kSegmentBytes = std::uint64_t{1} << 20;  // sealed at that
  static constexpr std::uint64_t kLogBytes = std::uint64_t{8} << 20;
  static constexpr std::size_t kGroupsMax = 4096;  // beyond it all are sealed

  // Takes up what is there. Both outlive the spool. Errors: kIo.
  static Result<std::unique_ptr<Spool>> open(engine::storage::FileSystem& files,
                                             const core::Clock& clock, SpoolOptions options);

  void append(std::vector<NewRecord> records);
  // What was appended survives the machine. Errors: kIo; what was not synced may be lost then.
  Result<void> sync();
  bool dirty() const { return dirty_; }

  // Seals groups that are due; all of them with `all`. Errors: kIo; they stay open then.
  Result<void> seal(bool all);
  bool has_open() const { return !open_.empty(); }

  // Sealed segments that nobody uploads yet, oldest first, at most `limit`; they count as being
  // uploaded until done() or release().
  std::vector<std::shared_ptr<SpoolSegment>> take(std::size_t limit);
  void release(const std::shared_ptr<SpoolSegment>& segment) { segment->uploading = false; }
  void done(const std::shared_ptr<SpoolSegment>& segment);
  std::string key_of(const SpoolSegment& segment) const;
  // How many segments up to this counter are left.
  std::size_t left(std::uint64_t counter_max) const;
  std::uint64_t last_counter() const { return next_counter_ - 1; }

  // Errors: kIo.
  Result<SpoolText> text(const std::shared_ptr<SpoolSegment>& segment);
  // What is there of a namespace. Errors: kIo.
  Result<std::vector<SpoolText>> texts(std::string_view ns, const TimeRange& range);
  // Drops what was recorded of a namespace until then. How many.
  Result<std::uint64_t> forget(std::string_view ns, std::int64_t until_ns);

  std::uint64_t bytes() const { return bytes_->load(std::memory_order_relaxed); }
  // The same, for a metric that is read when the spool may be gone.
  std::shared_ptr<const std::atomic<std::uint64_t>> shared_bytes() const { return bytes_; }
  // Since it was asked last.
  SpoolLosses take_losses() { return std::exchange(losses_, {}); }
  std::size_t records() const;

 private:
  struct Log {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::uint64_t live = 0;  // records that are not uploaded
  };
  using Group = std::pair<std::string, std::int64_t>;

  Spool(engine::storage::FileSystem& files, const core::Clock& clock, SpoolOptions options);
  Result<void> replay(const std::string& name);
  void replay(const Frame& frame, SpoolSegment::Place place);
  void add(std::string_view ns, std::int64_t timestamp_ns, std::size_t line_bytes,
           SpoolSegment::Place place);
  Result<void> start_log();
  Result<void> write(std::string_view bytes);
  void abandon_log();
  std::uint64_t log_bytes_max() const;
  Result<void> seal_group(std::map<Group, std::shared_ptr<SpoolSegment>>::iterator group);
  void drop_places(SpoolSegment& segment, std::uint32_t log);
  void drop_oldest_log();
  void make_room(std::uint64_t bytes);
  void tidy();
  std::filesystem::path path_of(std::uint32_t number) const;

  engine::storage::FileSystem& files_;
  const core::Clock& clock_;
  const SpoolOptions options_;
  std::map<std::uint32_t, Log> logs_;
  std::unique_ptr<engine::storage::WritableFile> active_;  // the last log; null: none is open
  std::uint32_t next_log_ = 1;
  std::uint64_t next_counter_ = 1;
  bool dirty_ = false;
  std::map<Group, std::shared_ptr<SpoolSegment>> open_;
  std::map<std::uint64_t, std::shared_ptr<SpoolSegment>> sealed_;  // by counter
  SpoolLosses losses_;
  std::shared_ptr<std::atomic<std::uint64_t>> bytes_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
};

}  // namespace layer::features::history
