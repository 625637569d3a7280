// The cache kind "disk": records in RocksDB, with a hot tier of them in memory. Reads that the hot
// tier answers take no thread hop; everything else runs on a pool. Conditions are decided on the
// disk's side alone, so the two cannot disagree (hot_records.h).
//
// Beside RecordStore's errors: kUnavailable when too many operations wait for the pool.
// Thread safety: as RecordStore. Pool, clock and logger outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "cache/record_store.h"
#include "cache/rocksdb/disk_records.h"
#include "cache/rocksdb/hot_records.h"

namespace layer::cache {

struct RocksDbOptions {
  DiskOptions disk;
  std::size_t hot_bytes_max = 256 * core::limits::kMiB;  // 0: no hot tier
};

class RocksDbStore final : public RecordStore {
 public:
  // Blocks. Keeps the records of a cache that was closed in order, else starts empty; damage is
  // said in the log and is no error. Errors: kConflict (another process uses the directory), kIo.
  static Result<std::unique_ptr<RocksDbStore>> open(RocksDbOptions options, async::CpuPool& pool,
                                                    const core::Clock& clock, core::Logger& logger);

  async::Task<Result<std::vector<std::optional<Record>>>> get(std::string set,
                                                              std::vector<std::string> keys,
                                                              BinSet bins) override;
  async::Task<Result<std::vector<PutOutcome>>> put(std::string set, std::vector<Put> puts) override;
  async::Task<Result<void>> remove(std::string set, std::vector<std::string> keys) override;
  async::Task<Result<ScanPage>> scan(std::string set, std::string cursor, std::size_t limit,
                                     BinSet bins) override;
  async::Task<Result<std::uint64_t>> count(std::string set) override;
  async::Task<Result<void>> truncate(std::string set) override;
  async::Task<Result<std::uint64_t>> losses(std::string set) override;

  std::string_view kind() const override { return "disk"; }
  bool shared() const override { return false; }
  std::uint64_t connection_generation() const override { return disk_->generation(); }
  std::optional<StoreUsage> usage() const override;

  DiskStats stats() const { return disk_->stats(); }
  std::size_t hot_bytes() const { return hot_.bytes(); }

  // Blocks until everything is on disk. Without it the next open() starts empty. No operation runs
  // during it or after it; the pool may be stopped already.
  Result<void> close() { return disk_->close(); }

 private:
  class Announced;

  RocksDbStore(std::unique_ptr<DiskRecords> disk, std::size_t hot_bytes_max, async::CpuPool& pool);
  DiskView view() const;
  template <class T, class Work>
  async::Task<Result<T>> on_disk(Work work);

  std::unique_ptr<DiskRecords> disk_;
  HotRecords hot_;
  async::CpuPool& pool_;
};

}  // namespace layer::cache
