#include "features/layout/backfill_job.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "async/deadline.h"
#include "features/layout/backfill_params.h"
#include "features/layout/shard_patch.h"
#include "features/pages/row_pages.h"
#include "features/pages/store_query.h"
#include "features/writes/shard.h"
#include "json/document.h"
#include "json/writer.h"
#include "wire/reserved_names.h"

namespace layer::features::layout {
namespace {

using namespaces::Layout;

// Until a pass found nothing, the work is not done.
constexpr double kProgressMax = 0.99;
// How long a store that asks to wait is waited for, call by call.
constexpr std::chrono::minutes kPatience{10};

constexpr core::MetricSpec kRows{.name = "layer_init_rows_total",
                                 .kind = core::MetricKind::kCounter,
                                 .help =
                                     "rows that backfills of layouts read, and those of them "
                                     "that got a shard",
                                 .labels = "result"};

async::TimePoint patience() {
  return async::SteadyClock::now() + kPatience;
}

std::optional<std::uint64_t> shard_in(std::string_view attributes) {
  const auto document = json::Document::parse(std::string(attributes));
  std::uint64_t shard = 0;
  if (!document || document->root()[wire::kShardAttribute].get(shard) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return shard;
}

// One run of the job: from its cursor to its end, or to where it is told to stop.
class BackfillRun {
 public:
  BackfillRun(const BackfillJob::Parts& parts, jobs::JobContext& context, Place place,
              BackfillParams params)
      : parts_(parts),
        context_(context),
        place_(std::move(place)),
        params_(params),
        progress_(context.job().progress),
        cursor_(parse_cursor(progress_.cursor)),
        rows_read_(parts.metrics.sample(kRows, {"read"})),
        rows_patched_(parts.metrics.sample(kRows, {"patched"})) {}

  async::Task<Result<queue::JobProgress>> run() {
    LAYER_CO_TRY(co_await read_record());
    if (!ours()) {
      co_return finished("superseded");
    }
    LAYER_CO_TRY(co_await wait_for_gateways());
    do {
      LAYER_CO_TRY(co_await pass());
    } while (ours() && std::exchange(cursor_, {}).found > 0);
    if (ours()) {
      LAYER_CO_TRY(co_await record([now = parts_.clock.wall_ms()](Layout& layout) {
        layout.state = Layout::State::kReady;
        layout.reshard = false;
        layout.completed_at_ms = now;
        layout.cursor.clear();
      }));
    }
    co_return finished(
        record_.layout && record_.layout->state == Layout::State::kReady ? "ready" : "superseded");
  }

 private:
  bool ours() const {
    const auto& layout = record_.layout;
    return layout && layout->state == Layout::State::kBackfilling &&
           layout->started_at_ms == params_.started_at_ms &&
           layout->incarnation == place_.cached.incarnation;
  }

  async::Task<Result<void>> read_record() {
    LAYER_CO_ASSIGN(record_, co_await read_layout(parts_.objects, place_.cached.ns));
    co_return Result<void>{};
  }

  // Changes the layout in the object store, unless it is no longer this run's. What others changed
  // of it stays.
  template <class Change>
  async::Task<Result<void>> record(Change change) {
    for (int turn = 0; turn < kInitTriesMax && ours(); ++turn) {
      Layout layout = *record_.layout;
      change(layout);
      auto replaced = co_await replace_layout(parts_.objects, place_.cached.ns, record_, layout);
      if (replaced) {
        const bool only_progress = record_.layout->state == layout.state &&
                                   record_.layout->stamps_rows == layout.stamps_rows;
        record_ = std::move(*replaced);
        if (only_progress) {
          parts_.states.forget(place_.cached.ns);
        } else {
          parts_.changed(place_.cached.ns);
        }
        co_return Result<void>{};
      }
      if (replaced.error().code != ErrorCode::kConflict) {
        co_return std::unexpected(std::move(replaced).error());
      }
      LAYER_CO_TRY(co_await read_record());
    }
    co_return Result<void>{};
  }

  // After this every gateway gives rows their shard; of a reshard: none reads by the old layout.
  async::Task<Result<void>> wait_for_gateways() {
    const std::int64_t until = params_.started_at_ms + parts_.wait.count();
    const std::int64_t left =
        std::min<std::int64_t>(until - parts_.clock.wall_ms(), parts_.wait.count());
    if (left > 0 && !co_await async::sleep_for(std::chrono::milliseconds(left))) {
      co_return fail(ErrorCode::kCancelled, "cancelled before the backfill began");
    }
    if (!record_.layout->stamps_rows) {
      LAYER_CO_TRY(co_await record([](Layout& layout) { layout.stamps_rows = true; }));
    }
    co_return Result<void>{};
  }

  async::Task<Result<void>> pass() {
    LAYER_CO_ASSIGN(const StoreView view, co_await look_at_store(place_.origin, patience()));
    progress_.counters.total = view.row_count.value_or(0);
    check_all_ = record_.layout->reshard;
    pages::PageQuery query{.level = documents::Level::kStrong, .page_size = parts_.batch_size};
    if (check_all_ && view.has_shards) {
      query.columns = pages::PageQuery::Columns::kSome;
      query.names = {std::string(wire::kShardAttribute)};
    } else if (view.has_shards) {
      query.filter = fmt::format(R"(["{}","Eq",null])", wire::kShardAttribute);
    }
    pages::RowPages pages(place_.origin, nullptr, std::move(query), parts_.pool);
    const auto begun = async::SteadyClock::now();
    for (std::uint64_t read = 1;; ++read) {
      LAYER_CO_ASSIGN(const pages::Page page, co_await pages.read(cursor_.after, patience()));
      LAYER_CO_TRY(co_await patch(page));
      cursor_.after = page.next_after;
      LAYER_CO_TRY(co_await reached(!page.next_after));
      if (!page.next_after || !ours()) {
        co_return Result<void>{};
      }
      if (parts_.pages_per_second > 0) {
        const std::chrono::duration<double> due(static_cast<double>(read) /
                                                parts_.pages_per_second);
        co_await async::sleep_until(begun + std::chrono::duration_cast<async::Duration>(due));
      }
    }
  }

  async::Task<Result<void>> patch(const pages::Page& page) {
    const std::uint32_t count = record_.layout->shard_count;
    std::vector<RowShard> rows;
    rows.reserve(page.rows.size());
    for (const auto& row : page.rows) {
      const std::uint32_t shard = writes::shard_of(row.id, count);
      if (!check_all_ || shard_in(*row.attributes) != shard) {
        rows.push_back({.id = row.id, .shard = shard});
      }
    }
    progress_.counters.scanned += page.rows.size();
    rows_read_.add(page.rows.size());
    if (rows.empty()) {
      co_return Result<void>{};
    }
    freshness::WriteInFlight in_flight(parts_.watch, place_.cached.ns);
    LAYER_CO_TRY(co_await patch_shards(place_, rows, parts_.cache, parts_.hlc, patience()));
    in_flight.end(true);
    progress_.counters.done += rows.size();
    migrated_ += rows.size();
    cursor_.found += rows.size();
    rows_patched_.add(rows.size());
    co_return Result<void>{};
  }

  // The layout's own record tells others how far the work is, and where it goes on should the queue
  // database be lost; it is written less often than the job's.
  async::Task<Result<void>> reached(bool pass_ended) {
    const auto& counters = progress_.counters;
    progress_.cursor = pass_ended ? "" : print_cursor(cursor_);
    progress_.progress = counters.total == 0
                             ? 0
                             : std::min(kProgressMax, static_cast<double>(counters.done) /
                                                          static_cast<double>(counters.total));
    LAYER_CO_TRY(co_await context_.reached(progress_));
    const auto now = async::SteadyClock::now();
    if (now - recorded_ < parts_.record_every && !pass_ended) {
      co_return Result<void>{};
    }
    recorded_ = now;
    const std::uint64_t migrated = std::exchange(migrated_, 0);
    co_return co_await record([&](Layout& layout) {
      layout.migrated += migrated;
      layout.cursor = progress_.cursor;
    });
  }

  queue::JobProgress finished(std::string_view state) {
    json::Writer result;
    result.begin_object().member("state", state).end_object();
    progress_.result = std::move(result).take();
    progress_.progress = 1;
    return std::move(progress_);
  }

  const BackfillJob::Parts& parts_;
  jobs::JobContext& context_;
  const Place place_;
  const BackfillParams params_;
  queue::JobProgress progress_;
  BackfillCursor cursor_;
  LayoutRecord record_;
  bool check_all_ = false;
  std::uint64_t migrated_ = 0;  // since the layout was recorded
  async::TimePoint recorded_{};
  core::Sample& rows_read_;
  core::Sample& rows_patched_;
};

}  // namespace

async::Task<Result<queue::JobProgress>> BackfillJob::run(jobs::JobContext& context) {
  LAYER_CO_ASSIGN(const BackfillParams params, parse_backfill_params(context.job().spec.params));
  LAYER_CO_ASSIGN(Place place,
                  co_await find_place(parts_.router, parts_.states, context.job().spec.ns));
  BackfillRun run(parts_, context, std::move(place), params);
  co_return co_await run.run();
}

}  // namespace layer::features::layout
