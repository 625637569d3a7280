#include "features/exports/export_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "features/exports/export_lines.h"
#include "features/pages/store_query.h"
#include "features/shards/shards.h"

namespace layer::features::exports {
namespace {

// Until the last line is spooled, an export is not done.
constexpr double kProgressMax = 0.99;

constexpr core::MetricSpec kRows{.name = "layer_export_rows_total",
                                 .kind = core::MetricKind::kCounter,
                                 .help = "rows that exports wrote to their results"};

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

// How many rows there are about; a filter leaves fewer.
async::Task<Result<void>> ExportRun::count() {
  LAYER_CO_ASSIGN(const auto metadata,
                  co_await pages::read_metadata(place_.origin,
                                                async::SteadyClock::now() + pages::kPagePatience));
  progress_.counters.total = metadata.row_count.value_or(0);
  co_return Result<void>{};
}

async::Task<Result<queue::JobProgress>> ExportRun::run() {
  LAYER_CO_TRY(check_namespace());
  LAYER_CO_TRY(co_await count());
  pages::ShardCursors begin =
      pages::parse_cursor(writer_.cursor()).value_or(pages::fresh_cursors(place_.shards));
  const std::size_t width =
      shards::fan_out_width(params_.threads, static_cast<std::uint32_t>(begin.shards.size()));
  pages::ShardPages rows(place_.origin, page_query(params_), std::move(begin), width, parts_.pool);
  LAYER_CO_TRY(co_await rows.read_all(*this));
  LAYER_CO_TRY(co_await writer_.finish());
  queue::JobProgress ended = progress();
  ended.progress = 1;
  co_return ended;
}

async::Task<Result<void>> ExportRun::between() {
  LAYER_CO_TRY(check_namespace());
  co_return co_await context_.reached(progress());
}

// The pages of one round together: the cursor after them is where all their shards go on.
async::Task<Result<void>> ExportRun::take(pages::Round round, const pages::ShardCursors& after) {
  const bool reserved = params_.columns == pages::PageQuery::Columns::kSome;
  std::uint64_t rows = 0;
  for (const pages::ShardPage& each : round) {
    rows += each.page.rows.size();
  }
  LAYER_CO_ASSIGN(std::string lines, co_await parts_.pool.run([&] {
    std::string text;
    for (pages::ShardPage& each : round) {
      text += print_lines(each.page.rows, reserved);
      each.page.rows = {};
    }
    return text;
  }));
  rows_.add(rows);
  LAYER_CO_TRY(co_await writer_.append(std::move(lines), rows, pages::print_cursor(after)));
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
