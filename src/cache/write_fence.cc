#include "cache/write_fence.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"
#include "core/random.h"

namespace layer::cache {
namespace {

using std::chrono::milliseconds;

// Of the request's end and of an opened namespace fence's.
constexpr milliseconds kLeaseAfter{5000};
constexpr milliseconds kOpenAfter{60'000};
constexpr milliseconds kRequestMax = std::chrono::hours(1);
constexpr int kRounds = 16;

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i] = i;
  }
  return rows;
}

std::vector<std::vector<std::size_t>> batches(const std::vector<std::size_t>& rows) {
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatchMax) {
    const auto from = rows.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to =
        rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), begin + kBatchMax));
    out.emplace_back(from, to);
  }
  return out;
}

// To merge with, or to give back.
bool needs_body(const FencedRow& row) {
  return row.change == RowChange::kUnknown || (row.change == RowChange::kMerge && row.row);
}

milliseconds left(const core::Clock& clock, async::TimePoint deadline) {
  const auto time = std::chrono::duration_cast<milliseconds>(deadline - clock.steady());
  return std::clamp(time, milliseconds(0), kRequestMax);
}

}  // namespace

FenceOfWrite::FenceOfWrite(CacheCore& core, CachedNamespace ns, FenceScope scope,
                           async::TimePoint deadline)
    : core_(core),
      ns_(std::move(ns)),
      set_(core.documents(ns_)),
      whole_(scope.whole_namespace || scope.rows.size() > kFencedRowsMax),
      opaque_(scope.opaque),
      lease_{.id = core::random_u64(),
             .gateway = core.options.gateway_number,
             .until_ms = core.clock.wall_ms() + (left(core.clock, deadline) +
                                                 (whole_ || opaque_ ? kOpenAfter : kLeaseAfter))
                                                    .count()},
      wants_affected_(scope.whole_namespace && scope.rows.size() <= kFencedRowsMax) {
  if (!opaque_ && scope.rows.size() <= kFencedRowsMax) {
    take_rows(std::move(scope.rows));
  }
}

// An id that stands twice in a write: what becomes of its row is not known here.
void FenceOfWrite::take_rows(std::vector<FencedRow> rows) {
  std::unordered_map<std::string, std::size_t> seen;
  rows_.reserve(rows.size());
  for (FencedRow& row : rows) {
    auto key = row_key(ns_.store, row.id);
    if (!key) {
      continue;  // the store has no such row
    }
    const auto [at, is_new] = seen.try_emplace(*key, rows_.size());
    if (is_new) {
      rows_.push_back({.row = std::move(row), .key = std::move(*key)});
    } else {
      rows_[at->second].row.change = RowChange::kReplace;
      rows_[at->second].row.row = nullptr;
    }
  }
}

std::int64_t FenceOfWrite::later_ms(milliseconds time) const {
  return core_.clock.wall_ms() + time.count();
}

async::Task<Result<void>> FenceOfWrite::raise() {
  epoch_ = core_.members.epoch();
  connection_ = core_.store.connection_generation();
  if (whole_ || opaque_) {
    LAYER_CO_TRY(co_await open_namespace());
  }
  if (!rows_.empty()) {
    LAYER_CO_ASSIGN(auto state, co_await core_.fences.read(ns_));
    LAYER_CO_TRY(co_await raise_rows(std::move(state)));
  }
  if (core_.store.connection_generation() != connection_) {
    co_return fail(ErrorCode::kUnavailable, "the cache was restarted meanwhile");
  }
  co_return Result<void>{};
}

async::Task<Result<void>> FenceOfWrite::open_namespace() {
  bool full = false;
  LAYER_CO_TRY(co_await core_.fences.change(ns_, [&](NamespaceFence& fence) {
    fence.drop_open(lease_.id);  // of an attempt that failed
    full = fence.open.size() >= kOpenFencesMax;
    ++fence.fill_epoch;
    if (!full) {
      fence.open.push_back(lease_);
    }
    if (full || opaque_) {
      ++fence.generation;  // and again when it ends
    }
  }));
  opened_ = true;
  if (opaque_) {
    count(core_.metrics, kCacheGenerationBumps, {"opaque"});
  }
  if (wants_affected_) {
    const auto records = co_await core_.store.count(set_);
    wants_affected_ = records && *records > 0;
  }
  co_return Result<void>{};
}

async::Task<Result<void>> FenceOfWrite::raise_rows(NamespaceState state) {
  Rows rows = all_of(rows_.size());
  const bool keeps = state.keeps(epoch_);
  for (int round = 0; !rows.empty(); ++round) {
    if (round == kRounds) {
      co_return fail(ErrorCode::kUnavailable, "too many writers of the same rows");
    }
    Rows again;
    for (Rows& batch : batches(rows)) {
      LAYER_CO_ASSIGN(const auto conflicts,
                      co_await raise_batch(state.fence.generation, keeps, std::move(batch)));
      again.insert(again.end(), conflicts.begin(), conflicts.end());
    }
    rows = std::move(again);
  }
  fill_allowed_ = state.fence.open.empty() && !whole_;
  state_ = std::move(state);
  co_return Result<void>{};
}

async::Task<Result<FenceOfWrite::Rows>> FenceOfWrite::raise_batch(std::uint64_t generation,
                                                                  bool keeps, Rows batch) {
  std::vector<std::string> keys;
  bool bodies = false;
  for (const std::size_t i : batch) {
    keys.push_back(rows_[i].key);
    bodies = bodies || needs_body(rows_[i].row);
  }
  LAYER_CO_ASSIGN(auto found, co_await core_.read_rows(set_, std::move(keys), bodies));
  const std::int64_t now = core_.clock.wall_ms();
  std::vector<Put> puts;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Row& row = rows_[batch[i]];
    RowRecord& record = found[i];
    RecordHead head = record.damaged ? RecordHead{} : record.head;
    head.drop_lease(lease_.id);  // of an attempt that failed
    record.head = head;
    row.alone = !head.fenced(now);
    row.before.reset();
    row.base.reset();
    if (record.servable(epoch_, generation, now, keeps) &&
        (record.body || head.state == RowState::kAbsent)) {
      row.before = head;
      row.base = std::move(record.body);
    }
    head.epoch = epoch_;
    head.generation = generation;
    ++head.seq;
    head.state = RowState::kUnknown;
    head.attributes_complete = head.vectors_complete = false;
    head.kept = keeps;
    head.expires_ms = 0;
    head.add_lease(lease_, now);
    row.head = head;
    puts.push_back(put_row(row.key, std::move(head), nullptr, unchanged(record), now, true));
  }
  LAYER_CO_ASSIGN(const auto outcomes, co_await core_.store.put(set_, std::move(puts)));
  Rows conflicts;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    switch (outcomes[i].kind) {
      case PutOutcome::Kind::kDone:
        rows_[batch[i]].version = outcomes[i].version;
        break;
      case PutOutcome::Kind::kConflict:
        conflicts.push_back(batch[i]);
        break;
      case PutOutcome::Kind::kRefused:
        co_return fail(ErrorCode::kUnavailable, "the cache has no room");
    }
  }
  co_return conflicts;
}

}  // namespace layer::cache
