// Where cached records live: a key-value store with versions, as every kind of cache gives it (in
// process, on local disk, on a shared server). What the records mean is document_cache.h's
// business.
//
// A set is a named group of records (the documents of a namespace, the members of a deployment). A
// record is a few bins, written and read as a whole; a reader that does not need a bin leaves it
// out. Its version changes with every put and is never reused for the key while a reader that saw
// it may still compare it (kVersionMemory).
//
// What is promised: a get that starts after a put ended sees it or a later put; a conditional put
// holds at the moment it is applied; of several that race one wins. What is not: that a record is
// still there. A record may be lost at any time except while its put said `hold`; every loss other
// than remove and truncate is counted in losses(). A record whose stored bytes are damaged is lost:
// it is not there for any get, scan, count or condition.
//
// Errors of every operation: kUnavailable (unreachable, too slow, or given up by the breaker),
// kIo (the disk or the server failed), kCancelled, kInvalidArgument (a limit below: nothing
// happened). After any other a put or remove may or may not have happened, or may still happen
// until the operation's time limit ends.
//
// Thread safety: any loop, concurrently. Arguments are taken by value: an operation may outlive the
// caller's frame when the caller is cancelled.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"

namespace layer::cache {

inline constexpr std::size_t kSetBytesMax = 256;
inline constexpr std::size_t kKeyBytesMax = 256;
inline constexpr std::size_t kRecordBytesMax = std::size_t{12}
                                               << 20;  // all bins; the largest blob fits
inline constexpr std::size_t kBatchMax = 1000;         // keys or puts of one call
// A version seen in a get is not given to another state of the key for this long.
inline constexpr std::chrono::seconds kVersionMemory{60};

// Shared, so that a record in memory is handed out without a copy. Null: the record lacks the bin.
using Bytes = std::shared_ptr<const std::string>;

enum class Bin : std::uint8_t { kHead, kBody, kVectors, kBase };
inline constexpr std::size_t kBinCount = 4;
using Bins = std::array<Bytes, kBinCount>;

// Which bins a get returns.
struct BinSet {
  std::uint8_t bits = 0;

  static constexpr BinSet all() { return {.bits = (1U << kBinCount) - 1}; }
  constexpr BinSet with(Bin bin) const {
    return {.bits = static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(bin))};
  }
  constexpr bool has(Bin bin) const { return (bits >> static_cast<unsigned>(bin) & 1U) != 0; }
};

struct Record {
  Bins bins{};
  std::uint64_t version = 0;
};

struct Condition {
  enum class Kind : std::uint8_t { kNone, kAbsent, kVersion };
  Kind kind = Kind::kNone;
  std::uint64_t version = 0;

  static Condition none() { return {}; }
  static Condition absent() { return {.kind = Kind::kAbsent}; }
  static Condition matches(std::uint64_t version) {
    return {.kind = Kind::kVersion, .version = version};
  }
};

inline constexpr std::chrono::milliseconds kNoExpiry = std::chrono::milliseconds::max();

struct Put {
  std::string key;
  Bins bins{};
  Condition condition{};
  std::chrono::milliseconds ttl = kNoExpiry;  // from now
  // The record is not evicted for this long, whatever the pressure: it carries a live lease.
  std::chrono::milliseconds hold{0};
};

struct PutOutcome {
  enum class Kind : std::uint8_t {
    kDone,
    kConflict,  // the condition does not hold
    kRefused,   // no room: the cache is full of records that are held, or stops writes
  };
  Kind kind = Kind::kDone;
  std::uint64_t version = 0;  // of kDone
};

struct ScannedRecord {
  std::string key;
  Record record;
};

struct ScanPage {
  std::vector<ScannedRecord> records;
  std::string cursor;  // for the next page; empty: there is none
};

// What a store of this process holds and has lost.
struct StoreUsage {
  std::uint64_t bytes = 0;    // now
  std::uint64_t evicted = 0;  // records, since the start
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // One entry a key, in their order; nullopt: not there, or expired.
  virtual async::Task<Result<std::vector<std::optional<Record>>>> get(std::string set,
                                                                      std::vector<std::string> keys,
                                                                      BinSet bins) = 0;
  // One outcome a put, in their order; each put is applied on its own.
  virtual async::Task<Result<std::vector<PutOutcome>>> put(std::string set,
                                                           std::vector<Put> puts) = 0;
  // What is not there is removed already.
  virtual async::Task<Result<void>> remove(std::string set, std::vector<std::string> keys) = 0;
  // Every record that is there during the whole scan is on exactly one page; others may be. The
  // pages end. `cursor` is empty or a page's, which may be empty though another follows; `limit` (1
  // to kBatchMax) is a bound, not a promise.
  virtual async::Task<Result<ScanPage>> scan(std::string set, std::string cursor, std::size_t limit,
                                             BinSet bins) = 0;
  // Records of the set that have not expired; other writers may make it differ from a scan's.
  virtual async::Task<Result<std::uint64_t>> count(std::string set) = 0;
  virtual async::Task<Result<void>> truncate(std::string set) = 0;

  // A number that rises whenever a record of the set may have been evicted or has expired; it may
  // rise without. From the same process only: another one may count differently.
  virtual async::Task<Result<std::uint64_t>> losses(std::string set) = 0;

  virtual std::string_view kind() const = 0;  // "memory", "disk", "aerospike"
  virtual bool shared() const = 0;            // several gateways see the same records
  // Changes whenever the store may have forgotten or missed operations (a reconnect, a wipe).
  virtual std::uint64_t connection_generation() const = 0;
  // nullopt: the store lives elsewhere and tells its own metrics.
  virtual std::optional<StoreUsage> usage() const { return std::nullopt; }
};

}  // namespace layer::cache
