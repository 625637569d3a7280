#include "cache/memory/memory_store.h"

#include <algorithm>

#include "cache/request_checks.h"
#include "core/limits.h"

namespace layer::cache {
namespace {

// Few enough that the largest record is a small part of a shard of the default size.
constexpr std::size_t kShardsMax = 16;
constexpr std::size_t kShardBytesMin = 16 * core::limits::kMiB;

}  // namespace

MemoryStore::MemoryStore(std::size_t bytes_max, const core::Clock& clock) : clock_(clock) {
  const std::size_t count = std::clamp<std::size_t>(bytes_max / kShardBytesMin, 1, kShardsMax);
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<MemoryShard>(bytes_max / count, versions_, losses_));
  }
}

async::Task<Result<std::vector<std::optional<Record>>>> MemoryStore::get(
    std::string set, std::vector<std::string> keys, BinSet bins) {
  LAYER_CO_TRY(check_keys(set, keys));
  const auto now = clock_.steady();
  std::vector<std::optional<Record>> records;
  records.reserve(keys.size());
  for (const std::string& key : keys) {
    records.push_back(shard_of(set, key).get(set, key, bins, now));
  }
  co_return records;
}

async::Task<Result<std::vector<PutOutcome>>> MemoryStore::put(std::string set,
                                                              std::vector<Put> puts) {
  LAYER_CO_TRY(check_puts(set, puts));
  const auto now = clock_.steady();
  std::vector<PutOutcome> outcomes;
  outcomes.reserve(puts.size());
  for (Put& put : puts) {
    MemoryShard& shard = shard_of(set, put.key);
    outcomes.push_back(shard.put(set, std::move(put), now));
  }
  co_return outcomes;
}

async::Task<Result<void>> MemoryStore::remove(std::string set, std::vector<std::string> keys) {
  LAYER_CO_TRY(check_keys(set, keys));
  for (const std::string& key : keys) {
    shard_of(set, key).remove(set, key);
  }
  co_return Result<void>{};
}

// Shard by shard, each in the order of its keys. A cursor is the number of a shard, as one byte,
// and the last key seen there.
async::Task<Result<ScanPage>> MemoryStore::scan(std::string set, std::string cursor,
                                                std::size_t limit, BinSet bins) {
  LAYER_CO_TRY(check_scan(set, limit));
  std::size_t shard = cursor.empty() ? 0 : static_cast<unsigned char>(cursor.front());
  std::string after = cursor.empty() ? "" : cursor.substr(1);
  if (shard >= shards_.size()) {
    co_return fail(ErrorCode::kInvalidArgument, "not a cursor of a scan of this cache");
  }
  const auto now = clock_.steady();
  ScanPage page;
  for (; shard < shards_.size(); ++shard, after.clear()) {
    shards_[shard]->scan(set, after, limit - page.records.size(), bins, now, page.records);
    if (page.records.size() == limit) {
      page.cursor = static_cast<char>(shard) + page.records.back().key;
      break;
    }
  }
  co_return page;
}

async::Task<Result<std::uint64_t>> MemoryStore::count(std::string set) {
  LAYER_CO_TRY(check_set(set));
  const auto now = clock_.steady();
  std::uint64_t count = 0;
  for (const auto& shard : shards_) {
    count += shard->count(set, now);
  }
  co_return count;
}

async::Task<Result<void>> MemoryStore::truncate(std::string set) {
  LAYER_CO_TRY(check_set(set));
  for (const auto& shard : shards_) {
    shard->truncate(set);
  }
  co_return Result<void>{};
}

async::Task<Result<std::uint64_t>> MemoryStore::losses(std::string set) {
  LAYER_CO_TRY(check_set(set));
  const auto now = clock_.steady();
  for (const auto& shard : shards_) {
    shard->expire(now);
  }
  co_return losses_.of(set);
}

std::optional<StoreUsage> MemoryStore::usage() const {
  StoreUsage usage;
  for (const auto& shard : shards_) {
    usage.bytes += shard->bytes();
    usage.evicted += shard->evicted();
  }
  return usage;
}

MemoryShard& MemoryStore::shard_of(std::string_view set, std::string_view key) {
  const std::size_t hash = TextHash{}(key) ^ TextHash {}(set) * 3;
  return *shards_[hash % shards_.size()];
}

}  // namespace layer::cache
