#include "features/scans/values_run.h"

#include <algorithm>
#include <utility>

#include "features/namespaces/slices.h"
#include "features/pages/store_query.h"
#include "features/scans/cache_rows.h"
#include "features/scans/counter.h"
#include "features/scans/group_pages.h"
#include "features/scans/ranked_rows.h"
#include "features/scans/snapshot_counts.h"
#include "features/shards/shards.h"
#include "wire/reserved_names.h"

namespace layer::features::scans {
namespace {

using Phase = ValuesState::Phase;

// More lists than this are joined, so that few parts are in memory when all are read as one.
constexpr std::size_t kListsMax = 8;
// Values that are read from lists at a time.
constexpr std::size_t kPiece = 20'000;
// What a value takes in memory beside its text.
constexpr std::size_t kValueBytes = 64;
constexpr std::chrono::hours kCacheTimeMax{1};

async::TimePoint patience() {
  return async::SteadyClock::now() + pages::kPagePatience;
}

}  // namespace

ValuesRun::ValuesRun(ScanWork& work)
    : work_(work),
      lists_{.objects = work.parts.objects,
             .pool = work.parts.pool,
             .job_id = work.context.job().spec.id,
             .epoch = work.context.job().lease.epoch},
      tally_(work.parts.limits) {}

async::Task<Result<queue::JobProgress>> ValuesRun::run() {
  if (auto before = parse_state(work_.writer.cursor())) {
    state_ = std::move(*before);
    work_.result = state_.result;
  }
  if (work_.writer.complete()) {
    co_return co_await work_.finish(state_.scanned);
  }
  if (state_.phase < Phase::kRanked) {
    LAYER_CO_TRY(co_await count());
    LAYER_CO_TRY(co_await rank());
  }
  if (state_.phase == Phase::kRanked) {
    LAYER_CO_TRY(co_await copy_ranked());
  }
  auto ended = co_await work_.finish(state_.scanned);
  if (ended) {
    LAYER_CO_TRY(co_await remove_lists(lists_, state_.lists));
  }
  co_return ended;
}

// What was begun at the store ends there.
async::Task<Result<void>> ValuesRun::count() {
  const ScanAsk& ask = work_.params.ask;
  LAYER_CO_TRY(co_await work_.look());
  if (ask.selector != Selector::kFilter && !work_.rows().none) {
    co_return co_await from_ranking();
  }
  if (work_.writer.cursor().empty()) {
    LAYER_CO_ASSIGN(const bool snapshot, co_await from_snapshot());
    if (snapshot) {
      co_return Result<void>{};
    }
    LAYER_CO_ASSIGN(const bool cached, co_await from_cache());
    if (cached) {
      co_return Result<void>{};
    }
  }
  LAYER_CO_TRY(co_await recall());
  if (work_.rows().none) {
    work_.result.source = "origin";
    co_return Result<void>{};
  }
  co_return state_.phase == Phase::kCounted ? Result<void>() : co_await from_store();
}

async::Task<Result<bool>> ValuesRun::from_snapshot() {
  const ScanParams& params = work_.params;
  const bool asked_for = params.ask.source == Source::kSnapshot;
  if (asked_for || params.ask.source == Source::kAuto) {
    LAYER_CO_ASSIGN(auto found,
                    co_await look_at_snapshots(work_.parts.snapshots, work_.place, params.ask));
    if (found) {
      for (const auto& [value, times] : found->values) {
        tally_.add(value, times);
        state_.scanned += times;
      }
      work_.result.source = "snapshot";
      work_.result.snapshot_sha = std::move(found->sha);
      work_.result.watermark_ms = found->watermark_ms;
      co_return true;
    }
  }
  if (asked_for) {
    co_return std::unexpected(snapshot_not_eligible());
  }
  co_return false;
}

async::Task<Result<bool>> ValuesRun::from_cache() {
  const ScanAsk& ask = work_.params.ask;
  const bool asked_for = ask.source == Source::kCache;
  if (ask.source != Source::kAuto && !asked_for) {
    co_return false;
  }
  const ScanJob::Parts& parts = work_.parts;
  if (co_await cache_vouches(parts.cache, work_.place.cached, asked_for)) {
    const RowSet rows = work_.rows();
    const CacheQuestion question{.place = work_.place, .rows = rows, .any = asked_for};
    auto read = co_await read_cache(
        *parts.cache, question, parts.pool, async::SteadyClock::now() + kCacheTimeMax,
        [this](const wire::Id&, std::string_view attributes) {
          tally_.add_json(namespaces::raw_member(attributes, work_.params.ask.field));
          ++state_.scanned;
          return make_room();
        });
    if (read && *read) {
      state_.scanned = (*read)->scanned;
      work_.result.source = "cache";
      work_.result.watermark_ms = (*read)->watermark_ms;
      co_return true;
    }
    if (!read && (asked_for || work_.context.stopping())) {
      co_return std::unexpected(std::move(read).error());
    }
    forget();
  }
  if (asked_for) {
    co_return std::unexpected(cache_is_cold());
  }
  co_return false;
}

// What a source said does not count.
void ValuesRun::forget() {
  tally_ = ValueTally(work_.parts.limits);
  state_ = {};
}

async::Task<Result<void>> ValuesRun::from_ranking() {
  const ScanAsk& ask = work_.params.ask;
  const RowSet rows = work_.rows();
  // Shards come in any order, and none waits for a list to be kept.
  ValueTally::Limits limits = work_.parts.limits;
  limits.drop_beyond = 2 * limits.bytes_max;
  tally_ = ValueTally(limits);
  work_.result.source = "origin";
  work_.result.watermark_ms = work_.params.cut.watermark_ms;
  work_.result.threads = static_cast<std::uint32_t>(rows.width);
  LAYER_CO_ASSIGN(
      const auto outcome,
      co_await read_ranked(rows, ask, work_.parts.pool, async::SteadyClock::now() + ask.timeout,
                           [this](std::string_view value) { tally_.add_json(value); }));
  if (const auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::unexpected(pages::refusal_of(*refusal));
  }
  const Counted& counted = std::get<Counted>(outcome);
  state_.scanned = counted.scanned;
  work_.result.bounded = counted.bounded();
  work_.result.timed_out = counted.timed_out;
  work_.result.approximate = counted.approximate;
  co_return co_await make_room();
}

async::Task<Result<void>> ValuesRun::from_store() {
  work_.result.source = "origin";
  work_.result.watermark_ms = work_.params.cut.watermark_ms;
  const std::string& field = work_.params.ask.field;
  LAYER_CO_ASSIGN(const auto metadata,
                  co_await pages::read_metadata(work_.place.origin, patience()));
  const auto column = std::ranges::find(metadata.columns, field, &namespaces::Column::name);
  if (column == metadata.columns.end() && !wire::is_reserved_name(field)) {
    co_return Result<void>{};  // no row has it
  }
  if (state_.phase == Phase::kGroups) {
    const bool array =
        column != metadata.columns.end() && column->kind == namespaces::ColumnKind::kArray;
    LAYER_CO_ASSIGN(const bool grouped, co_await from_groups(array));
    if (grouped) {
      co_return Result<void>{};
    }
  }
  co_return co_await from_pages();
}

// False: nothing was counted, rows have to be read.
async::Task<Result<bool>> ValuesRun::from_groups(bool array) {
  const RowSet rows = work_.rows();
  GroupPages groups(rows, work_.params.ask.field, array, work_.parts.pool);
  do {
    LAYER_CO_ASSIGN(const auto page, co_await groups.read(state_.after, patience()));
    if (!page) {
      forget();
      co_return false;
    }
    LAYER_CO_TRY(co_await work_.parts.pool.run([&] {
      for (const ValueCount& value : page->values) {
        tally_.add(value.v, value.n);
      }
    }));
    state_.scanned += page->rows;
    state_.after = page->next_after;
    if (state_.after.empty()) {
      state_.phase = Phase::kCounted;
    }
    LAYER_CO_TRY(co_await keep_often());
    LAYER_CO_TRY(co_await work_.reached(state_.scanned));
  } while (!state_.after.empty());
  co_return true;
}

async::Task<Result<void>> ValuesRun::from_pages() {
  const RowSet rows = work_.rows();
  if (state_.phase != Phase::kPages) {
    state_.phase = Phase::kPages;
    state_.shards = pages::fresh_cursors(rows.shards);
  }
  const auto width = shards::fan_out_width(
      work_.params.ask.threads, static_cast<std::uint32_t>(state_.shards->shards.size()));
  work_.result.threads = width;
  pages::ShardPages pages(rows.origin,
                          {.filter = rows.filter,
                           .level = rows.level,
                           .page_size = rows.page_size,
                           .columns = pages::PageQuery::Columns::kSome,
                           .names = {work_.params.ask.field}},
                          *state_.shards, width, work_.parts.pool);
  co_return co_await pages.read_all(*this);
}

async::Task<Result<void>> ValuesRun::take(pages::Round round, const pages::ShardCursors& after) {
  LAYER_CO_TRY(co_await work_.parts.pool.run([&] {
    for (pages::ShardPage& each : round) {
      for (const documents::AnswerRow& row : each.page.rows) {
        tally_.add_json(namespaces::raw_member(*row.attributes, work_.params.ask.field));
      }
      state_.scanned += each.page.rows.size();
      each.page.rows = {};
    }
  }));
  state_.shards = after;
  co_return co_await keep_often();
}

async::Task<Result<void>> ValuesRun::recall() {
  if (state_.lists.empty()) {
    co_return Result<void>{};
  }
  MergedLists lists(lists_, state_.lists, ListOrder::kByValue);
  while (true) {
    LAYER_CO_ASSIGN(const auto values, co_await lists.next(kPiece));
    if (values.empty()) {
      break;
    }
    LAYER_CO_TRY(co_await work_.parts.pool.run([&] { tally_.admit(values); }));
  }
  if (state_.dropped) {
    tally_.truncated_before(*state_.dropped);
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ValuesRun::make_room() {
  if (tally_.full()) {
    co_return co_await spill();
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ValuesRun::keep_often() {
  const auto now = async::SteadyClock::now();
  if (!tally_.full() && now - kept_at_ < work_.parts.keep_every) {
    co_return Result<void>{};
  }
  LAYER_CO_TRY(co_await spill());
  LAYER_CO_TRY(co_await publish());
  kept_at_ = async::SteadyClock::now();
  co_return Result<void>{};
}

async::Task<Result<void>> ValuesRun::spill() {
  if (tally_.kept() == 0) {
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(auto values, co_await work_.parts.pool.run([&] { return tally_.take(); }));
  LAYER_CO_ASSIGN(auto name, co_await keep_list(lists_, std::move(values), ListOrder::kByValue));
  state_.lists.push_back(std::move(name));
  if (state_.lists.size() > kListsMax) {
    LAYER_CO_ASSIGN(auto joined, co_await join_lists(lists_, state_.lists));
    state_.lists = {std::move(joined)};
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ValuesRun::publish() {
  state_.result = work_.result;
  if (tally_.truncated()) {
    state_.dropped = tally_.estimate();
  }
  LAYER_CO_TRY(co_await work_.writer.append({}, 0, print_state(state_)));
  co_return co_await work_.writer.flush();
}

async::Task<Result<void>> ValuesRun::rank() {
  work_.result.truncated = tally_.truncated();
  work_.result.unique_values = tally_.unique();
  if (state_.lists.empty()) {
    co_return co_await rank_in_memory();
  }
  LAYER_CO_TRY(co_await spill());
  co_return co_await rank_lists();
}

// All lines become visible at once: there is no half of them to go on from.
async::Task<Result<void>> ValuesRun::rank_in_memory() {
  std::uint64_t lines = 0;
  LAYER_CO_ASSIGN(std::string text, co_await work_.parts.pool.run([&] {
    auto values = tally_.take();
    std::ranges::sort(values, ranks_before);
    lines = values.size();
    return print_value_lines(values);
  }));
  state_ = {.phase = Phase::kDone, .scanned = state_.scanned, .result = work_.result};
  co_return co_await work_.writer.append(std::move(text), lines, print_state(state_));
}

async::Task<Result<void>> ValuesRun::rank_lists() {
  MergedLists counted(lists_, state_.lists, ListOrder::kByValue);
  std::vector<std::string> ranked;
  std::vector<ValueCount> values;
  std::size_t bytes = 0;
  for (bool more = true; more;) {
    LAYER_CO_ASSIGN(auto next, co_await counted.next(kPiece));
    more = !next.empty();
    for (ValueCount& value : next) {
      bytes += value.v.size() + kValueBytes;
      values.push_back(std::move(value));
    }
    if (!values.empty() && (!more || bytes >= work_.parts.limits.bytes_max)) {
      LAYER_CO_ASSIGN(auto name,
                      co_await keep_list(lists_, std::exchange(values, {}), ListOrder::kByRank));
      ranked.push_back(std::move(name));
      bytes = 0;
      LAYER_CO_TRY(co_await work_.reached(state_.scanned));
    }
  }
  const auto old = std::exchange(state_.lists, std::move(ranked));
  state_.phase = Phase::kRanked;
  state_.shards.reset();
  LAYER_CO_TRY(co_await publish());
  co_return co_await remove_lists(lists_, old);
}

async::Task<Result<void>> ValuesRun::copy_ranked() {
  MergedLists ranked(lists_, state_.lists, ListOrder::kByRank);
  std::uint64_t skip = work_.writer.lines();
  while (true) {
    LAYER_CO_ASSIGN(auto values, co_await ranked.next(kPiece));
    if (values.empty()) {
      co_return Result<void>{};
    }
    const std::uint64_t known = std::min<std::uint64_t>(skip, values.size());
    skip -= known;
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(known));
    LAYER_CO_ASSIGN(std::string text,
                    co_await work_.parts.pool.run([&] { return print_value_lines(values); }));
    LAYER_CO_TRY(co_await work_.writer.append(std::move(text), values.size(), print_state(state_)));
    LAYER_CO_TRY(co_await work_.reached(state_.scanned));
  }
}

}  // namespace layer::features::scans
