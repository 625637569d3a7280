// Records in RocksDB: what the disk cache does, without coroutines. Every call may block on the
// disk; it runs on a pool, never on an event loop (RocksDbStore sees to it).
//
// A key lies in at most one slice. A put goes to the newest slice, or to the slice of held records,
// and takes the key out of the slice where it lay, in one atomic batch. Decisions about a key are
// made under the lock of its stripe; readers take no lock, and look again under it when they found
// nothing while somebody was writing. There is no write-ahead log: what a crash leaves is wiped.
//
// Thread safety: all of it but close().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/record_store.h"
#include "cache/rocksdb/disk_database.h"
#include "cache/rocksdb/stored_record.h"
#include "core/clock.h"

namespace layer::cache {

struct StoredPut {
  PutOutcome outcome{};
  StoredMeta meta{};  // of kDone
};

// Since the start, except for the two that say so.
struct DiskStats {
  std::uint64_t disk_bytes = 0;    // now: files and memory tables
  std::uint64_t record_bytes = 0;  // now: encoded records, not compressed
  std::uint64_t evicted = 0;       // records
  std::uint64_t corrupt = 0;       // records whose bytes were damaged
  std::uint64_t refused = 0;       // puts, for want of room
  std::uint64_t stalls = 0;        // times that RocksDB was behind and puts were refused for it
  std::uint64_t errors = 0;        // of the disk
};

class DiskRecords {
 public:
  static Result<std::unique_ptr<DiskRecords>> open(DiskOptions options, const core::Clock& clock,
                                                   core::Logger& logger);
  ~DiskRecords();
  DiskRecords(const DiskRecords&) = delete;
  DiskRecords& operator=(const DiskRecords&) = delete;

  // As RecordStore's. Preconditions: the request checks.
  Result<std::vector<std::optional<StoredRecord>>> get(const std::string& set,
                                                       std::span<const std::string> keys,
                                                       BinSet bins);
  Result<std::vector<StoredPut>> put(const std::string& set, std::span<const Put> puts);
  Result<void> remove(const std::string& set, std::span<const std::string> keys);
  Result<ScanPage> scan(const std::string& set, const std::string& cursor, std::size_t limit,
                        BinSet bins);
  // Without a look at the records while none can have expired; else over all of the set.
  Result<std::uint64_t> count(const std::string& set);
  Result<void> truncate(const std::string& set);
  // As count.
  Result<std::uint64_t> losses(const std::string& set);
  // nullopt: a record may have expired since somebody looked, ask losses(). Never blocks.
  std::optional<std::uint64_t> losses_known(const std::string& set) const;

  DiskTime now_ms() const;
  // A record of a lower slice, other than kHeldSlice, has been evicted. Never blocks.
  std::uint32_t oldest_slice() const { return oldest_slice_.load(std::memory_order_acquire); }
  // Rises when a damaged file took records along.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  DiskStats stats() const;

  // Leaves everything on disk, to be opened again. No other call during it or after it. On an error
  // the next open() starts empty.
  Result<void> close();

 private:
  using SlicePtr = std::shared_ptr<Slice>;
  struct Topology {
    SlicePtr held;
    std::vector<SlicePtr> slices{};  // from the oldest to the newest, which takes the puts
    // All, in the order in which a key is likely to be found.
    template <class Visit>
    void each(Visit visit) const {
      visit(held);
      for (auto at = slices.rbegin(); at != slices.rend(); ++at) {
        visit(*at);
      }
    }
  };
  struct Stripe {
    std::mutex mutex;
    std::atomic<std::uint64_t> sequence{0};  // odd while somebody writes
  };
  // A batch may lock them all, and ThreadSanitizer follows at most 64 locks of one thread.
  static constexpr std::size_t kStripes = 60;
  class StripeLocks;
  class Pin;
  // kForWrites: only for leases and for what replaces them.
  enum class Room : std::uint8_t { kFree, kForWrites, kNone };
  enum class Presence : std::uint8_t { kAbsent, kPresent, kCorrupt };
  struct Located {
    Presence presence = Presence::kAbsent;
    SlicePtr slice{};
    StoredRecord stored{};
    std::size_t bytes = 0;  // as add() and take() of the slice count them
  };
  struct Change;
  struct Plan;

  DiskRecords(DiskOptions options, OpenedDatabase opened, const core::Clock& clock,
              core::Logger& logger);

  // disk_records.cc
  Result<Located> locate(const Topology& topology, const std::string& set, const std::string& key,
                         BinSet bins) const;
  Result<void> add_vectors(const std::string& set, const std::string& key, Located& located) const;
  Result<std::optional<StoredRecord>> get_one(const std::string& set, const std::string& key,
                                              BinSet bins);
  Result<std::optional<StoredRecord>> get_locked(const std::string& set, const std::string& key,
                                                 BinSet bins);
  Result<void> discard(const std::string& set, const std::string& key, const Located& located);
  Result<void> damaged(const std::string& set, const std::string& key, const Located& located);
  Result<void> write(rocksdb::WriteBatch& batch);
  bool live(const Located& located, DiskTime now) const;
  std::shared_ptr<const Topology> topology() const;
  void publish(Topology topology);
  std::size_t stripe_of(std::string_view set, std::string_view key) const;

  // disk_put.cc
  Result<bool> put_chunk(const std::string& set, std::span<const Put> puts,
                         std::vector<StoredPut>& done);
  Result<StoredPut> plan_put(const std::string& set, const Put& put, const Topology& topology,
                             const SlicePtr& current, Plan& plan);

  // disk_scan.cc
  Result<std::uint64_t> sweep(const std::string& set);
  Result<void> sweep_slice(const std::string& set, Slice& slice, const rocksdb::Snapshot* snapshot,
                           std::vector<std::string>& doomed, std::uint64_t& count) const;
  Result<void> drop_expired(const std::string& set, const std::string& key);
  bool swept_just_now(const std::string& set);

  // disk_upkeep.cc
  void note_written(std::size_t bytes);
  void upkeep();
  bool has_room(bool held, const Located& before, const Topology& topology) const;
  void rotate();
  bool evict_oldest();
  void sweep_held();
  Result<void> release_held(const std::string& set, const std::string& key);
  void drop_damaged(const SlicePtr& slice);
  std::uint64_t total_bytes() const;
  void complain(std::string_view what, std::string_view detail);

  const DiskOptions options_;
  const std::uint64_t bytes_max_;
  const std::uint64_t slice_bytes_;
  const core::Clock& clock_;
  core::Logger& logger_;
  const std::int64_t start_wall_ms_;
  const core::Clock::TimePoint start_steady_;

  DirectoryLock lock_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyOptions family_;
  mutable std::mutex topology_mutex_;
  std::shared_ptr<const Topology> topology_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<std::uint64_t> versions_;
  std::atomic<std::uint32_t> oldest_slice_;
  std::atomic<std::uint64_t> generation_{1};

  LossCounters losses_;
  std::mutex sweeps_mutex_;
  std::unordered_map<std::string, DiskTime> sweeps_;  // when a set was last swept

  std::mutex upkeep_mutex_;
  std::atomic<std::size_t> unchecked_bytes_{0};
  std::atomic<Room> room_{Room::kFree};
  DiskTime next_held_sweep_ms_ = 0;  // under upkeep_mutex_
  std::atomic<DiskTime> next_complaint_ms_{0};

  std::atomic<std::uint64_t> evicted_{0};
  std::atomic<std::uint64_t> corrupt_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> stalls_{0};
  mutable std::atomic<std::uint64_t> errors_{0};
};

}  // namespace layer::cache
