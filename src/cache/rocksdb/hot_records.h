// The hot tier in front of the disk: copies of records that lie there, least recently used first
// out. It decides nothing. A copy is never older than the disk's record:
//
// A put or remove announces itself before it touches the disk (begin) and says what came of it
// afterwards (end). Between the two the key has no copy and gets none; a reader that fetched a
// record from the disk hands over the ticket it took before, and its copy is taken only if nobody
// wrote in the meantime. Keys share tickets, so a copy may be turned away without need.
//
// A copy goes when the slice of its record is evicted, when it expires, and when its hold ends (the
// record may move to another slice then). Vectors are not kept.
//
// Thread safety: all of it. Cost: one short lock of one of the shards; bytes are shared, not
// copied.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/loss_counters.h"
#include "cache/rocksdb/stored_record.h"

namespace layer::cache {

// What decides whether a copy still stands.
struct DiskView {
  DiskTime now_ms = 0;
  std::uint32_t oldest_slice = 0;
  std::uint64_t generation = 0;
};

class HotRecords {
 public:
  using Ticket = std::uint64_t;
  static constexpr std::size_t kOverheadBytes = 384;  // a copy beside its bytes

  explicit HotRecords(std::size_t bytes_max);  // 0: keeps nothing
  HotRecords(const HotRecords&) = delete;
  HotRecords& operator=(const HotRecords&) = delete;

  // nullopt: not here, or asked for vectors that only the disk has. `ticket` is set then.
  std::optional<Record> find(std::string_view set, std::string_view key, BinSet bins,
                             const DiskView& view, Ticket& ticket);
  // A record as it was read from the disk after `ticket` was given.
  void offer(std::string_view set, std::string_view key, const StoredRecord& stored,
             const DiskView& view, Ticket ticket);

  Ticket begin(std::string_view set, std::string_view key);
  // Exactly once for each begin. Null: the key has no copy now.
  void end(std::string_view set, std::string_view key, Ticket ticket, const StoredRecord* stored,
           const DiskView& view);
  // Of a whole set; takes as long as looking at every copy.
  void begin_truncate(std::string_view set);
  void end_truncate(std::string_view set);

  std::size_t bytes() const;

 private:
  struct Copy {
    Record record{};
    StoredMeta meta{};
    std::uint64_t generation = 0;
    std::size_t bytes = 0;
    std::list<const std::string*>::iterator used{};
  };
  struct Slot {
    std::uint64_t sequence = 0;
    std::uint32_t writers = 0;
  };
  using Map = std::unordered_map<std::string, Copy, TextHash, std::equal_to<>>;
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kSlots = 1024;  // of a shard
  struct Shard {
    mutable std::mutex mutex;
    Map copies;
    std::list<const std::string*> used;  // the most recent first
    std::size_t bytes = 0;
    std::array<Slot, kSlots> slots{};
  };
  struct Place {
    Shard& shard;
    Slot& slot;
    std::string name;
  };

  Place place(std::string_view set, std::string_view key);
  void drop(Shard& shard, Map::iterator at) const;
  void keep(Shard& shard, std::string name, const StoredRecord& stored, const DiskView& view) const;
  void drop_set(Shard& shard, std::string_view set) const;

  const std::size_t shard_bytes_max_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace layer::cache
