// One open namespace. Readers take a snapshot and never wait for writers; writers are grouped: the
// first one becomes the leader and commits what has queued up meanwhile with one append, one fsync
// and one new snapshot.
// Thread safety: all members from many threads. Lock order: flush_mutex_ or compact_mutex_, then
// manifest_mutex_, then commit_mutex_, then queue_mutex_ or state_mutex_.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"
#include "engine/namespace/apply.h"
#include "engine/namespace/catalog.h"
#include "engine/namespace/journal.h"
#include "engine/namespace/metadata.h"
#include "engine/namespace/recovery.h"
#include "engine/namespace/upkeep_policy.h"
#include "engine/segment/snapshot.h"
#include "engine/storage/manifest.h"
#include "wire/response.h"
#include "wire/schema_input.h"
#include "wire/write.h"

namespace layer::engine::ns {

// What all namespaces of a catalog share. Outlives them.
struct Context {
  storage::FileSystem& files;
  CatalogOptions options;
  UpkeepLimits limits;
  std::function<wire::Datetime()> now;
  std::atomic<std::uint32_t> open_log_files = 0;
  std::atomic<std::uint64_t> temporary_names = 0;  // numbers directories below tmp/

  std::filesystem::path directory_of(std::string_view name) const;
  std::filesystem::path temporary_directory();
};

enum class Upkeep : std::uint8_t {
  kFlush,    // recent writes: merges in memory, flushes
  kCompact,  // segment files
};

class Namespace : public std::enable_shared_from_this<Namespace> {
 public:
  // One that does not exist yet: the first successful write creates its directory.
  static std::shared_ptr<Namespace> absent(Context& context, std::string name);
  // Errors: as recover().
  static Result<std::shared_ptr<Namespace>> open(Context& context, std::string name);
  ~Namespace();

  const std::string& name() const { return name_; }
  bool exists() const;
  std::shared_ptr<const Snapshot> snapshot() const;
  Metadata metadata() const;

  // Nullopt: the namespace was removed meanwhile; ask the catalog for its successor.
  std::optional<Result<wire::WriteResponse>> write(const wire::WriteRequest& request);
  std::optional<Result<std::shared_ptr<const wire::Schema>>> update_schema(
      const wire::SchemaInput& input);
  std::optional<Result<Metadata>> update_settings(const SettingsUpdate& update);

  // After this nothing is written any more and nobody else touches the directory. Waits for the
  // commit and the maintenance that are running; the latter is told to give up.
  void retire();
  // Makes maintenance give up soon; writes go on.
  void cancel_upkeep() { cancelled_ = true; }

  // Which maintenance is due. Cost: a pass over the list of segments.
  bool due(Upkeep kind) const;
  // One step of it, if one is due. True: ask again. Errors: kIo, kCorrupt, kCancelled; everything
  // is as before then.
  Result<bool> upkeep(Upkeep kind);
  // Everything recent reaches a file, due or not.
  Result<void> flush();

  // Writes an independent namespace with the same documents into `directory`: segment files are
  // shared by hard links, recent writes become one more file. Returns the number of documents.
  Result<std::uint64_t> export_to(const std::filesystem::path& directory, Settings settings);
  Settings settings() const;

 private:
  struct State {
    std::shared_ptr<const Snapshot> snapshot;
    Settings settings{};
    bool exists = false;
    std::uint64_t log_bytes = 0;  // since the last flush
  };
  struct Pending {
    std::variant<const wire::WriteRequest*, const wire::SchemaInput*, const SettingsUpdate*>
        request;
    Result<wire::WriteResponse> result{};
    std::shared_ptr<const wire::Schema> schema{};
    bool gone = false;
    bool done = false;
  };
  struct Merge {
    std::vector<SegmentView> inputs;
    std::shared_ptr<const wire::Schema> schema;
  };

  Namespace(Context& context, std::string name, std::filesystem::path directory, State state,
            Journal journal);

  std::shared_ptr<const State> state() const;
  void publish(State state);

  // namespace.cc: the path of a write
  void submit(Pending& pending);
  void commit(std::span<Pending* const> group);
  Result<void> run(Pending& pending, Working& working);
  Result<Outcome> run_write(const wire::WriteRequest& request, Working& working);
  Result<Outcome> run_schema(const wire::SchemaInput& input, Working& working);
  Result<Outcome> run_settings(const SettingsUpdate& update, Working& working);
  Result<void> finish(Working& working);
  Result<void> begin_directory();
  Result<void> settle_directory();
  Result<std::shared_ptr<const Snapshot>> tidy(std::shared_ptr<const Snapshot> snapshot,
                                               bool schema_changed) const;
  void mind_log_file();

  // upkeep.cc: flush, compaction, manifest
  Result<bool> flush_step(bool forced);
  Result<bool> merge_memory_step();
  Result<bool> compact_step();
  Result<std::optional<SegmentView>> write_segment(const Merge& merge,
                                                   const std::filesystem::path& directory,
                                                   std::uint64_t number) const;
  Result<void> install(const Merge& merge, Result<std::optional<SegmentView>> output,
                       std::uint64_t log_bytes_done);
  Result<void> write_manifest();
  void remove_unneeded(const storage::Manifest& before, const storage::Manifest& after);
  bool is_cancelled() const { return cancelled_; }

  Context& context_;
  const std::string name_;

  std::mutex flush_mutex_;
  std::mutex compact_mutex_;

  std::mutex manifest_mutex_;
  storage::Manifest manifest_;  // as on the disk
  std::map<std::uint64_t, WrittenTombstones> tombstones_;
  std::uint64_t flushed_log_ = 1;       // logs below are not needed
  std::uint64_t flushed_sequence_ = 0;  // up to here
  std::atomic<std::uint64_t> next_file_ = 1;
  std::atomic<bool> manifest_stale_ = false;  // published segments are not in it yet

  std::mutex commit_mutex_;  // whoever holds it may publish
  std::filesystem::path directory_;
  Journal journal_;
  Busy busy_;
  bool removed_ = false;
  bool counted_log_file_ = false;

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::vector<Pending*> queue_;
  bool leading_ = false;

  mutable std::mutex state_mutex_;  // held for one copy of a pointer
  std::shared_ptr<const State> state_;

  std::atomic<bool> cancelled_ = false;
};

}  // namespace layer::engine::ns
