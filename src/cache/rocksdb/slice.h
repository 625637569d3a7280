// A slice: the records that were put in one stretch of time, in a column family of their own, so
// that eviction drops whole files. Slice 0 is the one of held records and is never dropped.
// Thread safety: all of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <rocksdb/db.h>

#include "cache/loss_counters.h"
#include "cache/rocksdb/stored_record.h"

namespace layer::cache {

inline constexpr std::uint32_t kHeldSlice = 0;

// What a slice holds of one set.
struct SetShare {
  std::int64_t records = 0;
  DiskTime min_expires_ms = kNever;  // no record expires before it

  bool operator==(const SetShare&) const = default;
};

class Slice {
 public:
  Slice(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle, std::uint32_t id)
      : db_(db), handle_(handle), id_(id) {}
  ~Slice();
  Slice(const Slice&) = delete;
  Slice& operator=(const Slice&) = delete;

  static std::string family_name(std::uint32_t id);

  rocksdb::ColumnFamilyHandle* handle() const { return handle_; }
  std::uint32_t id() const { return id_; }

  // What lies on disk and in memory tables.
  std::uint64_t physical_bytes() const;
  // Encoded records that are there.
  std::uint64_t live_bytes() const;

  // A record came or went.
  void add(std::string_view set, std::size_t bytes, DiskTime expires_ms, DiskTime now);
  void take(std::string_view set, std::size_t bytes);
  void take_all(std::string_view set);
  SetShare share(std::string_view set) const;
  // Before a scan that calls lower_expiry() for what it finds.
  void forget_expiry(std::string_view set);
  void lower_expiry(std::string_view set, DiskTime expires_ms);
  std::map<std::string, SetShare> shares() const;
  void restore(std::map<std::string, SetShare> shares, DiskTime last_put_ms, std::int64_t bytes);

  DiskTime last_put_ms() const { return last_put_ms_.load(); }

  // Those who put into the slice while it may be closed under them.
  std::atomic<int> writers{0};
  std::atomic<bool> closed{false};  // no writer begins after it

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const handle_;
  const std::uint32_t id_;
  std::atomic<DiskTime> last_put_ms_{0};
  std::atomic<std::int64_t> live_bytes_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, SetShare, TextHash, std::equal_to<>> shares_;
};

}  // namespace layer::cache
