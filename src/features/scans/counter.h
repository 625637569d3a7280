// Counts that answer at once (mode count): which source answers, and what it says (rules SC1 to
// SC3, SC7, SC8 of the contract). Thread safety: any loop, concurrently. What Parts refers to
// outlives the counter.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/metrics.h"
#include "features/scans/cache_rows.h"
#include "features/scans/origin_count.h"
#include "features/scans/snapshot_counts.h"

namespace layer::features::scans {

struct CountAnswer {
  Counted counted{};
  std::string_view served_by{};  // "snapshot", "cache", "origin"
  std::string snapshot_sha{};
  std::optional<std::int64_t> watermark_ms{};
  std::optional<bool> certified{};  // of the cache
  std::uint32_t threads = 0;        // 0: nothing was split
};

class Counter {
 public:
  struct Parts {
    cache::DocumentCache* cache;  // null: off
    SnapshotCounts* snapshots;    // null: there are none
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit Counter(Parts parts) : parts_(parts) {}

  using Outcome = std::variant<CountAnswer, pages::StoreReply>;
  // Errors: kCacheCold, kPreconditionFailed (the source asked for cannot answer), kValidation,
  // those of the source.
  async::Task<Result<Outcome>> count(const ScanPlace& place, const ScanAsk& ask,
                                     const freshness::ReadCut& cut, async::TimePoint deadline);

 private:
  async::Task<Result<Outcome>> choose(const ScanPlace& place, const ScanAsk& ask,
                                      const freshness::ReadCut& cut, async::TimePoint deadline);
  async::Task<Result<Outcome>> at_origin(const ScanAsk& ask, const freshness::ReadCut& cut,
                                         const RowSet& rows, async::TimePoint deadline);
  async::Task<Result<std::optional<CountAnswer>>> from_snapshot(const ScanPlace& place,
                                                                const ScanAsk& ask);
  async::Task<Result<std::optional<CountAnswer>>> from_cache(const ScanPlace& place,
                                                             const ScanAsk& ask, const RowSet& rows,
                                                             async::TimePoint deadline);

  Parts parts_;
};

// What metrics say of a scan that is over.
struct ScanSeen {
  std::string_view ns{};
  std::string_view store_kind{};
  std::string_view mode{};
  std::string_view selector{};
  std::string_view served_by{};
  std::string_view status{};
  double seconds = 0;
  std::uint64_t scanned = 0;
};
void count_scan(core::Metrics& metrics, const ScanSeen& seen);

// What a source that was asked for by name and cannot answer is answered with.
Error snapshot_not_eligible();
Error cache_is_cold();

}  // namespace layer::features::scans
