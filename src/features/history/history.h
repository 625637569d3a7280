// Search history as a whole: records are queued, redacted, written to the spool and carried into
// the object store; they are read back from both. Rules HI8 to HI11 of the contract; formats:
// docs/formats/history.md.
//
// Thread safety: record(), newest(), scan(), find(), purge(), flush() from any loop; open(),
// start() and stop() from the owner's thread, which is no loop's. What Parts refers to outlives the
// object, and the loop runs until stop() has returned.
//
// Cost: record() moves the entry into a queue under a lock held for that long; everything else
// happens on this object's own thread and on Parts::pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "async/task_group.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "engine/storage/file_system.h"
#include "features/history/purge.h"
#include "features/history/reader.h"
#include "features/history/recorder.h"
#include "features/history/settings.h"
#include "objects/object_store.h"

namespace layer::features::history {

struct HistoryOptions {
  std::filesystem::path dir{};  // of the spool: {data-dir}/spool/history
  std::chrono::milliseconds fsync_every{1'000};
  std::chrono::milliseconds flush_every{10'000};
  std::uint64_t spool_bytes_max = std::uint64_t{1} << 30;
  // Retention and compaction; gateways that were started together take their turns apart.
  std::chrono::milliseconds housekeep_every = std::chrono::hours(1);
};

class History final : public Recorder, public Reader {
 public:
  struct Parts {
    objects::ObjectStore& objects;  // with the object store off: a directory of this process
    engine::storage::FileSystem& files;
    const core::Clock& clock;
    core::Logger& log;
    core::Metrics& metrics;
    async::Loop& loop;
    async::CpuPool& pool;  // unpacks and searches segments
    SettingsCache& settings;
    std::string gateway;  // unique among all gateways, [A-Za-z0-9]
  };
  // Takes up what an earlier process left in the spool. Blocks. Errors: kIo.
  static Result<std::unique_ptr<History>> open(Parts parts, HistoryOptions options);
  ~History() override;

  void start();
  // Writes what is queued, syncs it, and uploads what it can within kStopUploadsMax. Idempotent.
  void stop();

  void record(QueryEntry entry) noexcept override;
  void record(Click click) noexcept override;

  async::Task<Result<Page>> newest(std::string ns, RecordKind kind, Selection selection,
                                   std::optional<Position> before, std::size_t limit) override;
  async::Task<Result<ScanEnd>> scan(std::string ns, TimeRange range, ScanLimits limits,
                                    std::function<bool(const Stored&)> told) override;
  std::optional<Recorded> find(std::string_view query_id) const override;

  // Removes records for good, from this gateway's spool and from the object store. Records that
  // other gateways still have in their spools (flush_every) come after it: ask again later. May be
  // repeated after an error: what is gone is not counted again. Errors: the object store's.
  async::Task<Result<PurgeCount>> purge(std::string ns, PurgeAsk ask);
  // Carries everything recorded so far into the object store. Errors: the object store's, kIo.
  async::Task<Result<void>> flush();
  // One turn of retention and compaction. Errors: the object store's; the rest is for the next.
  async::Task<Result<void>> housekeep();
  // The namespace was deleted: drops what the spool has of it up to then, without upload. How many.
  async::Task<Result<std::uint64_t>> forget(std::string ns, std::int64_t until_ms);

  static constexpr std::chrono::seconds kStopUploadsMax{5};

 private:
  struct State;
  explicit History(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace layer::features::history
