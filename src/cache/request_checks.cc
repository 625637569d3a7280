#include "cache/request_checks.h"

#include <fmt/format.h>

namespace layer::cache {
namespace {

Result<void> check_key(const std::string& key) {
  if (key.empty() || key.size() > kKeyBytesMax) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("a cache key has 1 to {} bytes, this one has {}", kKeyBytesMax, key.size()));
  }
  return {};
}

Result<void> check_batch(std::size_t count) {
  if (count > kBatchMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} records in one call of the cache, at most {} are allowed", count,
                            kBatchMax));
  }
  return {};
}

}  // namespace

Result<void> check_set(const std::string& set) {
  if (set.empty() || set.size() > kSetBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the name of a cache set has 1 to {} bytes, this one has {}",
                            kSetBytesMax, set.size()));
  }
  return {};
}

Result<void> check_keys(const std::string& set, const std::vector<std::string>& keys) {
  LAYER_TRY(check_set(set));
  LAYER_TRY(check_batch(keys.size()));
  for (const std::string& key : keys) {
    LAYER_TRY(check_key(key));
  }
  return {};
}

Result<void> check_puts(const std::string& set, const std::vector<Put>& puts) {
  LAYER_TRY(check_set(set));
  LAYER_TRY(check_batch(puts.size()));
  for (const Put& put : puts) {
    LAYER_TRY(check_key(put.key));
    if (const std::size_t bytes = bytes_of(put.bins); bytes > kRecordBytesMax) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("a cache record of {} bytes, at most {} are allowed", bytes,
                              kRecordBytesMax));
    }
  }
  return {};
}

Result<void> check_scan(const std::string& set, std::size_t limit) {
  LAYER_TRY(check_set(set));
  if (limit == 0 || limit > kBatchMax) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("a page of a cache scan has 1 to {} records, not {}", kBatchMax, limit));
  }
  return {};
}

std::size_t bytes_of(const Bins& bins) {
  std::size_t bytes = 0;
  for (const Bytes& bin : bins) {
    bytes += bin ? bin->size() : 0;
  }
  return bytes;
}

std::size_t memory_of(const Bins& bins) {
  std::size_t bytes = 0;
  for (const Bytes& bin : bins) {
    bytes += bin ? bin->capacity() : 0;
  }
  return bytes;
}

async::TimePoint later(async::TimePoint from, std::chrono::milliseconds span) {
  const auto room =
      std::chrono::duration_cast<std::chrono::milliseconds>(async::TimePoint::max() - from);
  return span >= room ? async::TimePoint::max() : from + span;
}

Record with_bins(const Record& record, BinSet bins) {
  Record out{.version = record.version};
  for (std::size_t i = 0; i < kBinCount; ++i) {
    if (bins.has(static_cast<Bin>(i))) {
      out.bins[i] = record.bins[i];
    }
  }
  return out;
}

}  // namespace layer::cache
