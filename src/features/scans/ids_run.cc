#include "features/scans/ids_run.h"

#include <utility>

#include "features/scans/cached_ids.h"
#include "features/scans/scan_lines.h"
#include "features/shards/shards.h"

namespace layer::features::scans {

async::Task<Result<queue::JobProgress>> IdsRun::run() {
  work_.result.source = "origin";
  work_.result.watermark_ms = work_.params.cut.watermark_ms;
  if (!work_.writer.complete()) {
    LAYER_CO_TRY(co_await work_.look());
    LAYER_CO_ASSIGN(const bool cached, co_await from_cache());
    if (!cached) {
      LAYER_CO_TRY(co_await from_store());
    }
  } else if (!cached_ids_list(work_.writer.cursor()).empty()) {
    work_.result.source = "cache";
  }
  co_return co_await work_.finish(work_.writer.lines());
}

// What was begun at the store ends there.
async::Task<Result<bool>> IdsRun::from_cache() {
  std::string list = cached_ids_list(work_.writer.cursor());
  const Source source = work_.params.ask.source;
  if (list.empty() && work_.writer.cursor().empty() &&
      (source == Source::kAuto || source == Source::kCache)) {
    LAYER_CO_ASSIGN(list, co_await collect_cached_ids(work_));
  }
  if (list.empty()) {
    co_return false;
  }
  work_.result.source = "cache";
  LAYER_CO_TRY(co_await copy_cached_ids(work_, std::move(list)));
  co_return true;
}

async::Task<Result<void>> IdsRun::from_store() {
  const RowSet rows = work_.rows();
  if (rows.none) {
    co_return Result<void>{};
  }
  auto begin = pages::parse_cursor(work_.writer.cursor());
  if (!begin) {
    begin = pages::fresh_cursors(rows.shards);
  }
  const auto width = shards::fan_out_width(work_.params.ask.threads,
                                           static_cast<std::uint32_t>(begin->shards.size()));
  work_.result.threads = width;
  pages::ShardPages pages(rows.origin,
                          {.filter = rows.filter, .level = rows.level, .page_size = rows.page_size},
                          std::move(*begin), width, work_.parts.pool);
  co_return co_await pages.read_all(*this);
}

async::Task<Result<void>> IdsRun::take(pages::Round round, const pages::ShardCursors& after) {
  std::uint64_t count = 0;
  for (const pages::ShardPage& each : round) {
    count += each.page.rows.size();
  }
  LAYER_CO_ASSIGN(std::string lines, co_await work_.parts.pool.run([&round] {
    std::string text;
    for (pages::ShardPage& each : round) {
      for (const documents::AnswerRow& row : each.page.rows) {
        append_id_line(text, row.id);
      }
      each.page.rows = {};
    }
    return text;
  }));
  LAYER_CO_TRY(co_await work_.writer.append(std::move(lines), count, pages::print_cursor(after)));
  if (const auto now = async::SteadyClock::now(); now - shown_at_ >= work_.parts.show_every) {
    shown_at_ = now;
    LAYER_CO_TRY(co_await work_.writer.flush());
  }
  co_return Result<void>{};
}

}  // namespace layer::features::scans
