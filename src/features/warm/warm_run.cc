#include "features/warm/warm_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "async/deadline.h"
#include "async/fan_out.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"
#include "json/writer.h"

namespace layer::features::warm {
namespace {

// Until everything is done, a warm is not: some of it is counting and certifying.
constexpr double kProgressMax = 0.99;

// How long a store that asks to wait is waited for, page by page.
constexpr std::chrono::minutes kPatience{10};

async::TimePoint patience() {
  return async::SteadyClock::now() + kPatience;
}

constexpr core::MetricSpec kRows{.name = "layer_warm_rows_total",
                                 .kind = core::MetricKind::kCounter,
                                 .help = "rows that warms read, and those of them that were cached",
                                 .labels = "result"};

std::unexpected<Error> unusable() {
  return fail(ErrorCode::kCacheCold, "the cache cannot be used now");
}

}  // namespace

WarmRun::WarmRun(const WarmJob::Parts& parts, jobs::JobContext& context, Place place,
                 WarmParams params)
    : parts_(parts),
      context_(context),
      place_(std::move(place)),
      params_(params),
      pages_(place_.origin, nullptr,
             {.page_size = params.page_size, .columns = pages::PageQuery::Columns::kAll},
             parts.pool),
      progress_(context.job().progress),
      rows_read_(parts.metrics.sample(kRows, {"read"})),
      rows_kept_(parts.metrics.sample(kRows, {"kept"})) {}

async::Task<Result<queue::JobProgress>> WarmRun::run() {
  LAYER_CO_TRY(co_await begin());
  if (!cursor_.all_read) {
    LAYER_CO_TRY(co_await fill_all());
  }
  Verdict verdict;
  if (params_.verify) {
    LAYER_CO_ASSIGN(verdict, co_await verify());
  }
  co_return finished(verdict);
}

async::Task<Result<void>> WarmRun::begin() {
  const auto ticket = co_await parts_.cache.begin_warm(place_.cached);
  if (!ticket) {
    co_return unusable();
  }
  if (auto before = parse_cursor(progress_.cursor);
      before && still_holds(before->ticket, *ticket)) {
    cursor_ = std::move(*before);
  } else {
    cursor_ = {.ticket = *ticket, .begun_ms = parts_.clock.wall_ms()};
    progress_.counters = {};
  }
  LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(place_.origin, patience()));
  progress_.counters.total = metadata.row_count.value_or(0);
  if (progress_.counters.total == 0) {  // a store tells of recent rows later
    LAYER_CO_ASSIGN(progress_.counters.total, co_await count());
  }
  co_return Result<void>{};
}

async::Task<Result<void>> WarmRun::fill_all() {
  using pages::Page;
  cache::FillTicket ticket = co_await parts_.cache.open_ticket(place_.cached);
  LAYER_CO_ASSIGN(Page page, co_await pages_.read(cursor_.last_id, patience()));
  while (!cursor_.all_read) {
    const bool last = !page.next_after;
    const std::optional<wire::Id> last_id =
        page.rows.empty() ? cursor_.last_id : std::optional(page.rows.back().id);
    cache::FillTicket next_ticket;
    Result<Page> next;
    co_await async::fan_out(last ? 1 : 2, 2, [&](std::size_t i) -> async::Task<> {
      if (i == 0) {
        co_await fill_page(page.rows, ticket);
      } else {
        next_ticket = co_await parts_.cache.open_ticket(place_.cached);
        next = co_await pages_.read(last_id, patience());
      }
    });
    progress_.counters.scanned += page.rows.size();
    scanned_here_ += page.rows.size();
    rows_read_.add(page.rows.size());
    cursor_.last_id = last_id;
    cursor_.all_read = last;
    set_progress();
    LAYER_CO_TRY(co_await context_.reached(progress_));
    LAYER_CO_ASSIGN(page, std::move(next));
    ticket = next_ticket;
    co_await keep_pace();
  }
  co_return Result<void>{};
}

async::Task<> WarmRun::fill_page(const std::vector<documents::AnswerRow>& rows,
                                 cache::FillTicket ticket) {
  const std::size_t parts = (rows.size() + cache::kBatchMax - 1) / cache::kBatchMax;
  co_await async::fan_out(parts, params_.threads, [&](std::size_t part) {
    return fill_part(rows, part * cache::kBatchMax, ticket);
  });
}

// A put that failed is tried once more; a row that has changed since is its write's business and
// stays uncounted, like one that could not be kept: the count at the end finds what is missing.
async::Task<> WarmRun::fill_part(const std::vector<documents::AnswerRow>& rows, std::size_t begin,
                                 cache::FillTicket ticket) {
  const std::size_t end = std::min(rows.size(), begin + cache::kBatchMax);
  std::size_t kept = 0;
  for (int turn = 0; turn < 2 && kept < end - begin; ++turn) {
    std::vector<cache::Fill> fills;
    fills.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      fills.push_back({.id = rows[i].id, .ticket = ticket, .row = rows[i].attributes});
      progress_.counters.bytes += turn == 0 ? rows[i].attributes->size() : 0;
    }
    kept = co_await parts_.cache.fill(place_.cached, std::move(fills));
  }
  progress_.counters.done += kept;
  progress_.counters.failed += end - begin - kept;
  rows_kept_.add(kept);
}

async::Task<> WarmRun::keep_pace() const {
  if (params_.rows_per_second > 0) {
    const std::chrono::duration<double> due(static_cast<double>(scanned_here_) /
                                            params_.rows_per_second);
    co_await async::sleep_until(begun_ + std::chrono::duration_cast<async::Duration>(due));
  }
}

void WarmRun::set_progress() {
  const queue::JobCounters& counters = progress_.counters;
  progress_.cursor = print_cursor(cursor_);
  progress_.progress = counters.total == 0
                           ? 0
                           : std::min(kProgressMax, static_cast<double>(counters.scanned) /
                                                        static_cast<double>(counters.total));
}

async::Task<Result<WarmRun::Verdict>> WarmRun::verify() {
  for (int turn = 0; turn < kVerifyTriesMax; ++turn) {
    if (turn > 0) {
      co_await async::sleep_for(parts_.verify_again);
    }
    LAYER_CO_TRY(co_await context_.reached(progress_));
    std::uint64_t rows = 0;
    LAYER_CO_ASSIGN(const bool agree, co_await counts_agree(rows));
    if (agree &&
        co_await parts_.cache.certify(place_.cached, cursor_.ticket, rows, cursor_.begun_ms)) {
      const auto certificate = co_await parts_.cache.certificate(place_.cached);
      co_return Verdict{.complete = true, .certified = certificate && certificate->certified};
    }
  }
  co_return Verdict{};
}

async::Task<Result<std::uint64_t>> WarmRun::count() const {
  co_return co_await pages::count_rows(place_.origin, {}, documents::Level::kStrong, patience());
}

// The cache is counted before and after the store, and the store asked when it was written last:
// rows that came and went in between are not to make up for one that is missing.
async::Task<Result<bool>> WarmRun::counts_agree(std::uint64_t& rows) {
  LAYER_CO_ASSIGN(const auto before, co_await pages::read_metadata(place_.origin, patience()));
  const auto cached = co_await parts_.cache.count(place_.cached);
  LAYER_CO_ASSIGN(rows, co_await count());
  const auto still_cached = co_await parts_.cache.count(place_.cached);
  LAYER_CO_ASSIGN(const auto after, co_await pages::read_metadata(place_.origin, patience()));
  co_return cached&& still_cached && *cached == rows &&
      *still_cached == rows&& before.last_write_ms == after.last_write_ms;
}

queue::JobProgress WarmRun::finished(const Verdict& verdict) {
  json::Writer result;
  result.begin_object();
  result.member("complete", verdict.complete);
  result.member("certified", verdict.certified);
  result.member("watermark_ms", cursor_.begun_ms);
  result.end_object();
  progress_.result = std::move(result).take();
  progress_.progress = 1;
  const std::uint64_t epoch = parts_.cache.status().epoch;
  parts_.states.ended(place_.cached.ns, epoch, cursor_.begun_ms, verdict.certified);
  return std::move(progress_);
}

}  // namespace layer::features::warm
