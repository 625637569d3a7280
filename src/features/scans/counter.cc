#include "features/scans/counter.h"

#include <array>
#include <utility>

#include "features/scans/ranked_rows.h"

namespace layer::features::scans {
namespace {

constexpr std::string_view kLabels = "namespace store_kind mode selector served_by status";
constexpr std::array<double, 8> kRowBuckets{0, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};

constexpr core::MetricSpec kTotal{.name = "hevlayer_scan_total",
                                  .kind = core::MetricKind::kCounter,
                                  .help = "scans and counts by how they ended",
                                  .labels = kLabels};
const core::MetricSpec& duration_spec() {
  static const core::MetricSpec kSpec{.name = "hevlayer_scan_duration_seconds",
                                      .kind = core::MetricKind::kHistogram,
                                      .help = "time that scans and counts took",
                                      .labels = kLabels,
                                      .buckets = core::seconds_buckets()};
  return kSpec;
}
constexpr core::MetricSpec kScanned{.name = "hevlayer_scan_documents_scanned",
                                    .kind = core::MetricKind::kHistogram,
                                    .help = "rows that scans looked at",
                                    .labels = kLabels,
                                    .buckets = kRowBuckets};

double seconds_since(async::TimePoint begun) {
  return std::chrono::duration<double>(async::SteadyClock::now() - begun).count();
}

}  // namespace

void count_scan(core::Metrics& metrics, const ScanSeen& seen) {
  const auto labels = {seen.ns,       seen.store_kind, seen.mode,
                       seen.selector, seen.served_by,  seen.status};
  metrics.sample(kTotal, labels).add();
  metrics.sample(duration_spec(), labels).observe(seen.seconds);
  metrics.sample(kScanned, labels).observe(static_cast<double>(seen.scanned));
}

Error snapshot_not_eligible() {
  return {.code = ErrorCode::kPreconditionFailed,
          .message = "no snapshot of the namespace answers this question; use source auto"};
}

Error cache_is_cold() {
  return {.code = ErrorCode::kCacheCold,
          .message = "the cache does not hold the whole namespace; warm it, or use source origin",
          .fields = {{.name = "cache_state", .value = "cold"}}};
}

async::Task<Result<Counter::Outcome>> Counter::count(const ScanPlace& place, const ScanAsk& ask,
                                                     const freshness::ReadCut& cut,
                                                     async::TimePoint deadline) {
  const auto begun = async::SteadyClock::now();
  auto outcome = co_await choose(place, ask, cut, deadline);
  const CountAnswer* const answer = outcome ? std::get_if<CountAnswer>(&*outcome) : nullptr;
  count_scan(parts_.metrics, {.ns = place.cached.ns,
                              .store_kind = place.origin.store->kind(),
                              .mode = name(ask.mode),
                              .selector = name(ask.selector),
                              .served_by = answer != nullptr ? answer->served_by : "origin",
                              .status = answer == nullptr           ? "failed"
                                        : answer->counted.bounded() ? "bounded"
                                                                    : "completed",
                              .seconds = seconds_since(begun),
                              .scanned = answer != nullptr ? answer->counted.scanned : 0});
  co_return outcome;
}

async::Task<Result<Counter::Outcome>> Counter::choose(const ScanPlace& place, const ScanAsk& ask,
                                                      const freshness::ReadCut& cut,
                                                      async::TimePoint deadline) {
  const RowSet rows = row_set(place, ask, cut);
  if (ask.source == Source::kAuto || ask.source == Source::kSnapshot) {
    LAYER_CO_ASSIGN(auto answer, co_await from_snapshot(place, ask));
    if (answer) {
      co_return std::move(*answer);
    }
    if (ask.source == Source::kSnapshot) {
      co_return std::unexpected(snapshot_not_eligible());
    }
  }
  const bool cacheable = ask.selector == Selector::kFilter;
  if (cacheable && (ask.source == Source::kAuto || ask.source == Source::kCache)) {
    LAYER_CO_ASSIGN(auto answer, co_await from_cache(place, ask, rows, deadline));
    if (answer) {
      co_return std::move(*answer);
    }
    if (ask.source == Source::kCache) {
      co_return std::unexpected(cache_is_cold());
    }
  }
  LAYER_CO_ASSIGN(auto outcome, co_await at_origin(ask, cut, rows, deadline));
  const auto* const refusal = std::get_if<pages::StoreReply>(&outcome);
  if (refusal == nullptr || !is_about_columns(refusal->status, refusal->body)) {
    co_return outcome;
  }
  LAYER_CO_ASSIGN(const KnownColumns known, co_await read_known_columns(place.origin, deadline));
  if (known.stamps && known.shards) {
    co_return outcome;
  }
  const RowSet fewer = row_set(place, ask, cut, known);
  co_return co_await at_origin(ask, cut, fewer, deadline);
}

async::Task<Result<Counter::Outcome>> Counter::at_origin(const ScanAsk& ask,
                                                         const freshness::ReadCut& cut,
                                                         const RowSet& rows,
                                                         async::TimePoint deadline) {
  CountOutcome outcome = Counted{.shards_total = rows.shards};
  if (ask.selector != Selector::kFilter && !rows.none) {
    LAYER_CO_ASSIGN(
        outcome, co_await read_ranked(rows, ask, parts_.pool, deadline, [](std::string_view) {}));
  } else if (!rows.none) {
    LAYER_CO_ASSIGN(outcome, co_await count_at_origin(rows, parts_.pool, deadline));
  }
  if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::move(*refusal);
  }
  co_return CountAnswer{.counted = std::get<Counted>(outcome),
                        .served_by = "origin",
                        .watermark_ms = cut.watermark_ms,
                        .threads = static_cast<std::uint32_t>(rows.width)};
}

async::Task<Result<std::optional<CountAnswer>>> Counter::from_snapshot(const ScanPlace& place,
                                                                       const ScanAsk& ask) {
  LAYER_CO_ASSIGN(auto found, co_await look_at_snapshots(parts_.snapshots, place, ask));
  if (!found) {
    co_return std::nullopt;
  }
  co_return CountAnswer{.counted = {.count = found->count},
                        .served_by = "snapshot",
                        .snapshot_sha = std::move(found->sha),
                        .watermark_ms = found->watermark_ms};
}

async::Task<Result<std::optional<CountAnswer>>> Counter::from_cache(const ScanPlace& place,
                                                                    const ScanAsk& ask,
                                                                    const RowSet& rows,
                                                                    async::TimePoint deadline) {
  const bool asked_for = ask.source == Source::kCache;
  if (!co_await cache_vouches(parts_.cache, place.cached, asked_for)) {
    co_return std::nullopt;
  }
  const CacheQuestion question{.place = place, .rows = rows, .any = asked_for};
  auto read = co_await read_cache(*parts_.cache, question, parts_.pool, deadline, {});
  if (!read && (asked_for || read.error().code == ErrorCode::kCancelled)) {
    co_return std::unexpected(std::move(read).error());
  }
  if (!read || !*read) {
    co_return std::nullopt;
  }
  const CacheRead& found = **read;
  co_return CountAnswer{.counted = {.count = found.rows, .scanned = found.scanned},
                        .served_by = "cache",
                        .watermark_ms = found.watermark_ms,
                        .certified = found.certified};
}

}  // namespace layer::features::scans
