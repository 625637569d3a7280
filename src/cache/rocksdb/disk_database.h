// The directory of the disk cache and the RocksDB database in it: what is opened again, what is
// wiped, and how the database is set up.
//
// Thread safety: free functions; blocking. The directory belongs to one process at a time (flock).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "cache/rocksdb/closed_marker.h"
#include "cache/rocksdb/slice.h"
#include "core/limits.h"
#include "core/log.h"

namespace layer::cache {

// Smaller ones are raised to it: below it the memory tables alone would be most of the cache.
inline constexpr std::uint64_t kDiskBytesMin = 32 * core::limits::kMiB;

struct DiskOptions {
  std::filesystem::path directory;
  std::uint64_t bytes_max = 10 * core::limits::kGiB;
  // Blocks of the files, indexes and filters too, that are kept in memory.
  std::size_t block_cache_bytes = 32 * core::limits::kMiB;
  // What the database reaches the machine through; outlives it. Null: RocksDB's own.
  rocksdb::Env* env = nullptr;
};

// Holds the directory until it goes.
class DirectoryLock {
 public:
  // kConflict: another process has it. kIo.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct OpenedDatabase {
  DirectoryLock lock;
  std::unique_ptr<rocksdb::DB> db{};
  std::vector<std::shared_ptr<Slice>> slices{};  // the held one, then from the oldest to the newest
  std::uint64_t last_version = 0;
};

// The records of a cache that was closed in order by this version of the program are kept. Anything
// else, damage included, is wiped and said in the log; it is no error. `now`: epoch milliseconds.
// Errors: kConflict (in use), kIo (the directory cannot be written).
Result<OpenedDatabase> open_database(const DiskOptions& options, DiskTime now,
                                     core::Logger& logger);

// Of every slice: small memory tables, filters, blocks compressed, no write-ahead log behind it.
rocksdb::ColumnFamilyOptions family_options(const DiskOptions& options);

// The bytes at which a slice is closed.
std::uint64_t slice_bytes_max(const DiskOptions& options);

// kIo, kUnavailable (busy) or kCorrupt.
Error error_of(const rocksdb::Status& status);

}  // namespace layer::cache
