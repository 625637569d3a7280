// A part of the memory store behind one lock: records by set and key, bounded in bytes.
//
// A record passes through up to three orders. `pinned_`: by the time until which it may not be
// evicted (its hold, and kYouth after its put). Then `idle_`: by use, the next victim last. And
// `expiring_`: by the time at which it expires, if it does. What is due is moved or dropped at the
// start of every operation, so the work is a constant a record, whatever the order of the times.
//
// Thread safety: all of it.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "cache/loss_counters.h"
#include "cache/record_store.h"

namespace layer::cache {

// A record is not evicted for this long after its put.
inline constexpr std::chrono::seconds kYouth{60};

class MemoryShard {
 public:
  // What a record takes beside the bytes of its key and bins: nodes, strings, shared counts.
  static constexpr std::size_t kOverheadBytes = 512;

  // `versions`: the last one given, shared by all shards.
  MemoryShard(std::size_t bytes_max, std::atomic<std::uint64_t>& versions, LossCounters& losses)
      : bytes_max_(bytes_max), versions_(versions), losses_(losses) {}
  MemoryShard(const MemoryShard&) = delete;
  MemoryShard& operator=(const MemoryShard&) = delete;

  std::optional<Record> get(std::string_view set, std::string_view key, BinSet bins,
                            async::TimePoint now);
  PutOutcome put(std::string_view set, Put put, async::TimePoint now);
  void remove(std::string_view set, std::string_view key);
  // Appends up to `limit` records with keys above `after` in the order of keys.
  void scan(std::string_view set, std::string_view after, std::size_t limit, BinSet bins,
            async::TimePoint now, std::vector<ScannedRecord>& out);
  std::size_t count(std::string_view set, async::TimePoint now);
  void truncate(std::string_view set);
  // Drops what has expired, so that its losses are counted.
  void expire(async::TimePoint now);

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Records, since the start.
  std::uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }

 private:
  struct Set;
  struct Entry;
  using Timeline = std::set<std::pair<async::TimePoint, Entry*>>;
  using Idle = std::list<Entry*>;
  struct Entry {
    Record record{};
    async::TimePoint expires{};
    async::TimePoint pinned_until{};
    std::size_t bytes = 0;
    bool idle = false;
    Idle::iterator idle_at{};
    Set* home = nullptr;
    const std::string* key = nullptr;
  };
  struct Set {
    const std::string* name = nullptr;
    std::map<std::string, Entry, std::less<>> records;
  };

  void settle(async::TimePoint now);
  Entry* find(std::string_view set, std::string_view key);
  bool make_room(const Entry* replaced, std::size_t bytes);
  void store(std::string_view set, Entry* replaced, Put put, std::size_t bytes,
             async::TimePoint now, std::uint64_t version);
  void detach(Entry& entry);
  void erase(Entry& entry);

  const std::size_t bytes_max_;
  std::atomic<std::uint64_t>& versions_;
  LossCounters& losses_;
  std::mutex mutex_;
  std::unordered_map<std::string, Set, TextHash, std::equal_to<>> sets_;
  Timeline pinned_;
  Timeline expiring_;
  Idle idle_;
  std::size_t idle_bytes_ = 0;
  std::atomic<std::size_t> bytes_{0};  // written under the lock
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace layer::cache
