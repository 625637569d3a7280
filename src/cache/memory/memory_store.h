// Records in this process: the cache kind "memory". Bounded in bytes, least recently used first
// out. Handing out a record copies no bytes. Nothing is ever unavailable, and nothing survives the
// process. Thread safety: as RecordStore. The clock outlives it.
// Cost: no thread hop and no suspension; one short lock of one of the shards a record.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "cache/loss_counters.h"
#include "cache/memory/memory_shard.h"
#include "cache/record_store.h"
#include "core/clock.h"

namespace layer::cache {

class MemoryStore final : public RecordStore {
 public:
  // `bytes_max` counts keys, bins and MemoryShard::kOverheadBytes a record. Each shard has an equal
  // part of it; a record that does not fit into one is refused.
  MemoryStore(std::size_t bytes_max, const core::Clock& clock);

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

  std::string_view kind() const override { return "memory"; }
  bool shared() const override { return false; }
  std::uint64_t connection_generation() const override { return 1; }

  std::optional<StoreUsage> usage() const override;

 private:
  MemoryShard& shard_of(std::string_view set, std::string_view key);

  const core::Clock& clock_;
  LossCounters losses_;
  std::atomic<std::uint64_t> versions_{0};
  std::vector<std::unique_ptr<MemoryShard>> shards_;
};

}  // namespace layer::cache
