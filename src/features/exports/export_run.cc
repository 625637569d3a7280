#include "features/exports/export_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "async/fan_out.h"
#include "features/exports/export_lines.h"
#include "features/pages/store_query.h"
#include "features/shards/shards.h"

namespace layer::features::exports {
namespace {

// Until the last line is spooled, an export is not done.
constexpr double kProgressMax = 0.99;

// How long a store that asks to wait is waited for, page by page.
constexpr std::chrono::minutes kPatience{10};

async::TimePoint patience() {
  return async::SteadyClock::now() + kPatience;
}

constexpr core::MetricSpec kRows{.name = "layer_export_rows_total",
                                 .kind = core::MetricKind::kCounter,
                                 .help = "rows that exports wrote to their results"};

pages::PageQuery page_query(const ExportParams& params, std::uint32_t shard, std::uint32_t shards) {
  return {.filter = freshness::all_of({params.filter, freshness::time_filter(params.range),
                                       shards::shard_filter(shard, shards)}),
          .page_size = params.page_size,
          .columns = params.columns,
          .names = params.names};
}

}  // namespace

ExportRun::ExportRun(const ExportJob::Parts& parts, jobs::JobContext& context, ExportPlace place,
                     ExportParams params, spool::ResultWriter writer)
    : parts_(parts),
      context_(context),
      place_(std::move(place)),
      params_(std::move(params)),
      writer_(std::move(writer)),
      progress_(context.job().progress),
      rows_(parts.metrics.sample(kRows, {})) {}

void ExportRun::begin() {
  if (auto before = parse_cursor(writer_.cursor())) {
    cursor_ = std::move(*before);
  } else {
    cursor_.shards.resize(place_.shards);
  }
  const auto shards = static_cast<std::uint32_t>(cursor_.shards.size());
  width_ = shards::fan_out_width(params_.threads, shards);
  pages_.reserve(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    pages_.emplace_back(place_.origin, nullptr, page_query(params_, shard, shards), parts_.pool);
  }
}

// How many rows there are about; a filter leaves fewer.
async::Task<Result<void>> ExportRun::count() {
  LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(place_.origin, patience()));
  progress_.counters.total = metadata.row_count.value_or(0);
  co_return Result<void>{};
}

async::Task<Result<queue::JobProgress>> ExportRun::run() {
  begin();
  LAYER_CO_TRY(check_namespace());
  LAYER_CO_TRY(co_await count());
  for (Round read_before; !cursor_.done() || !read_before.empty();) {
    Round round = next_round();
    Result<void> spooled;
    co_await async::fan_out(round.size() + 1, round.size() + 1,
                            [&](std::size_t i) -> async::Task<> {
                              if (i == 0) {
                                spooled = co_await spool(std::move(read_before));
                              } else {
                                co_await read(round[i - 1]);
                              }
                            });
    LAYER_CO_TRY(std::move(spooled));
    for (const Leg& leg : round) {
      if (!leg.page) {
        // What was spooled stays visible to whoever goes on.
        LAYER_CO_TRY(co_await writer_.flush());
        co_return std::unexpected(leg.page.error());
      }
    }
    LAYER_CO_TRY(check_namespace());
    LAYER_CO_TRY(co_await context_.reached(progress()));
    advance(round);
    read_before = std::move(round);
  }
  LAYER_CO_TRY(co_await writer_.finish());
  queue::JobProgress ended = progress();
  ended.progress = 1;
  co_return ended;
}

ExportRun::Round ExportRun::next_round() const {
  Round round;
  for (std::size_t shard = 0; shard < cursor_.shards.size() && round.size() < width_; ++shard) {
    if (!cursor_.shards[shard].done) {
      round.push_back({.shard = shard});
    }
  }
  return round;
}

async::Task<> ExportRun::read(Leg& leg) {
  leg.page = co_await pages_[leg.shard].read(cursor_.shards[leg.shard].after, patience());
}

void ExportRun::advance(const Round& round) {
  for (const Leg& leg : round) {
    ShardCursor& shard = cursor_.shards[leg.shard];
    shard.done = !leg.page->next_after;
    shard.after = leg.page->next_after;
  }
}

// The pages of one round together: the cursor after them is where all their shards go on.
async::Task<Result<void>> ExportRun::spool(Round round) {
  if (round.empty()) {
    co_return Result<void>{};
  }
  const bool reserved = params_.columns == pages::PageQuery::Columns::kSome;
  std::uint64_t rows = 0;
  for (const Leg& leg : round) {
    rows += leg.page->rows.size();
  }
  LAYER_CO_ASSIGN(std::string lines, co_await parts_.pool.run([&] {
    std::string text;
    for (Leg& leg : round) {
      text += print_lines(leg.page->rows, reserved);
      leg.page->rows = {};
    }
    return text;
  }));
  rows_.add(rows);
  LAYER_CO_TRY(co_await writer_.append(std::move(lines), rows, print_cursor(cursor_)));
  if (const auto now = async::SteadyClock::now(); now - shown_at_ >= parts_.show_every) {
    shown_at_ = now;
    LAYER_CO_TRY(co_await writer_.flush());
  }
  co_return Result<void>{};
}

// Rows of a namespace that was made anew under the same name are not those that were asked for.
Result<void> ExportRun::check_namespace() const {
  if (parts_.places.incarnation(place_.ns) != params_.incarnation) {
    return fail(ErrorCode::kNotFound,
                fmt::format("the namespace '{}' was deleted while it was exported", place_.ns));
  }
  return {};
}

// The job's cursor only shows that the work moves: where it goes on stands beside the lines.
queue::JobProgress ExportRun::progress() {
  queue::JobCounters& counters = progress_.counters;
  counters.scanned = writer_.lines();
  counters.done = writer_.lines();
  counters.bytes = writer_.bytes();
  progress_.cursor = std::to_string(counters.done);
  progress_.progress = counters.total == 0
                           ? 0
                           : std::min(kProgressMax, static_cast<double>(counters.scanned) /
                                                        static_cast<double>(counters.total));
  return progress_;
}

}  // namespace layer::features::exports
