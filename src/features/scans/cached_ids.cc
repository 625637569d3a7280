#include "features/scans/cached_ids.h"

#include <utility>

#include "core/random.h"
#include "features/scans/cache_rows.h"
#include "features/scans/counter.h"
#include "features/scans/scan_lines.h"

namespace layer::features::scans {
namespace {

constexpr std::string_view kCursorPrefix = "cached:";
// Ids that are put together before they are handed to the spool.
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

// Ids as they come out of the cache, into a list of their own.
class Collecting {
 public:
  Collecting(ScanWork& work, spool::ResultWriter list) : work_(work), list_(std::move(list)) {}

  async::Task<Result<void>> add(const wire::Id& id) {
    append_id_line(piece_, id);
    ++lines_;
    if (piece_.size() >= kPieceBytes) {
      co_return co_await pass_on();
    }
    co_return Result<void>{};
  }
  async::Task<Result<void>> finish() {
    LAYER_CO_TRY(co_await pass_on());
    co_return co_await list_.finish();
  }

 private:
  async::Task<Result<void>> pass_on() {
    const std::uint64_t lines = std::exchange(lines_, 0);
    LAYER_CO_TRY(co_await list_.append(std::exchange(piece_, {}), lines, {}));
    co_return co_await work_.reached(list_.lines());
  }

  ScanWork& work_;
  spool::ResultWriter list_;
  std::string piece_{};
  std::uint64_t lines_ = 0;
};

std::string path_of(const ScanWork& work, std::string_view list) {
  return work.context.job().spec.id + "/" + std::string(list);
}

}  // namespace

std::string cached_ids_cursor(std::string_view list) {
  return std::string(kCursorPrefix) + std::string(list);
}

std::string cached_ids_list(std::string_view cursor) {
  return cursor.starts_with(kCursorPrefix) ? std::string(cursor.substr(kCursorPrefix.size()))
                                           : std::string();
}

async::Task<Result<std::string>> collect_cached_ids(ScanWork& work) {
  const bool asked_for = work.params.ask.source == Source::kCache;
  const ScanJob::Parts& parts = work.parts;
  if (!co_await cache_vouches(parts.cache, work.place.cached, asked_for)) {
    co_return asked_for ? Result<std::string>(std::unexpected(cache_is_cold())) : std::string();
  }
  std::string list = "cached-" + core::hex(core::random_u64());
  LAYER_CO_ASSIGN(auto writer,
                  co_await spool::ResultWriter::open(parts.objects, parts.pool, path_of(work, list),
                                                     work.context.job().lease.epoch));
  Collecting ids(work, std::move(writer));
  const RowSet rows = work.rows();
  const CacheQuestion question{.place = work.place, .rows = rows, .any = asked_for};
  const async::TimePoint deadline = async::SteadyClock::now() + std::chrono::hours(1);
  auto read =
      co_await read_cache(*parts.cache, question, parts.pool, deadline,
                          [&ids](const wire::Id& id, std::string_view) { return ids.add(id); });
  if (read && *read) {
    LAYER_CO_TRY(co_await ids.finish());
    work.result.watermark_ms = (*read)->watermark_ms;
    co_return list;
  }
  LAYER_CO_TRY(co_await spool::remove_results(parts.objects, path_of(work, list)));
  if (!read && (asked_for || work.context.stopping())) {
    co_return std::unexpected(std::move(read).error());
  }
  co_return asked_for ? Result<std::string>(std::unexpected(cache_is_cold())) : std::string();
}

async::Task<Result<void>> copy_cached_ids(ScanWork& work, std::string list) {
  const ScanJob::Parts& parts = work.parts;
  const std::string path = path_of(work, list);
  LAYER_CO_ASSIGN(const auto manifest, co_await spool::read_manifest(parts.objects, path));
  const spool::Manifest all = manifest.value_or(spool::Manifest{});
  while (work.writer.lines() < all.lines()) {
    LAYER_CO_ASSIGN(auto lines, co_await spool::read_lines(parts.objects, parts.pool, all,
                                                           work.writer.lines(), all.lines()));
    LAYER_CO_TRY(
        co_await work.writer.append(std::move(lines.text), lines.count, cached_ids_cursor(list)));
    LAYER_CO_TRY(co_await work.reached(work.writer.lines()));
  }
  LAYER_CO_TRY(co_await work.writer.finish());
  co_return co_await spool::remove_results(parts.objects, path);
}

}  // namespace layer::features::scans
