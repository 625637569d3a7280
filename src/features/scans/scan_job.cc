#include "features/scans/scan_job.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "features/pages/shard_pages.h"
#include "features/scans/counter.h"
#include "features/scans/ids_run.h"
#include "features/scans/values_run.h"

namespace layer::features::scans {
namespace {

// Until the last line is spooled, a scan is not done.
constexpr double kProgressMax = 0.99;

double seconds_since(async::TimePoint begun) {
  return std::chrono::duration<double>(async::SteadyClock::now() - begun).count();
}

// What a store says is wrong with a question stays wrong: asking again is in vain.
Error lasting(Error error) {
  const auto status =
      std::ranges::find(error.fields, std::string_view("upstream_status"), &core::ErrorField::name);
  if (error.code == ErrorCode::kUpstream && status != error.fields.end() &&
      (status->value == "400" || status->value == "422")) {
    error.code = ErrorCode::kValidation;
  }
  return error;
}

async::Task<Result<queue::JobProgress>> run_mode(ScanWork& work) {
  if (work.params.ask.mode == Mode::kIds) {
    co_return co_await IdsRun(work).run();
  }
  co_return co_await ValuesRun(work).run();
}

}  // namespace

RowSet ScanWork::rows() const {
  return row_set(place, params.ask, params.cut, known);
}

Result<void> ScanWork::check_namespace() const {
  if (parts.places.incarnation(place.cached.ns) != params.incarnation) {
    return fail(
        ErrorCode::kNotFound,
        fmt::format("the namespace '{}' was deleted while it was scanned", place.cached.ns));
  }
  return {};
}

async::Task<Result<void>> ScanWork::look() {
  LAYER_CO_ASSIGN(const auto metadata,
                  co_await pages::read_metadata(place.origin,
                                                async::SteadyClock::now() + pages::kPagePatience));
  progress.counters.total = metadata.row_count.value_or(0);
  if (params.cut.cut_ms || !params.ask.range.empty() || place.shards > 1) {
    LAYER_CO_ASSIGN(known, co_await read_known_columns(
                               place.origin, async::SteadyClock::now() + pages::kCallTimeMax));
  }
  co_return Result<void>{};
}

// The job's cursor only shows that the work moves: where it goes on stands beside the lines.
async::Task<Result<void>> ScanWork::reached(std::uint64_t scanned) {
  LAYER_CO_TRY(check_namespace());
  queue::JobCounters& counters = progress.counters;
  counters.scanned = scanned;
  counters.done = writer.lines();
  counters.bytes = writer.bytes();
  progress.cursor = fmt::format("{}/{}", counters.scanned, counters.done);
  progress.progress = counters.total == 0
                          ? 0
                          : std::min(kProgressMax, static_cast<double>(counters.scanned) /
                                                       static_cast<double>(counters.total));
  progress.result = print_result(result);
  co_return co_await context.reached(progress);
}

async::Task<Result<queue::JobProgress>> ScanWork::finish(std::uint64_t scanned) {
  LAYER_CO_TRY(co_await writer.finish());
  progress.counters.scanned = scanned;
  progress.counters.done = writer.lines();
  progress.counters.bytes = writer.bytes();
  progress.progress = 1;
  progress.result = print_result(result);
  co_return progress;
}

async::Task<Result<queue::JobProgress>> ScanJob::run(jobs::JobContext& context) {
  const auto begun = async::SteadyClock::now();
  const queue::Job& job = context.job();
  LAYER_CO_ASSIGN(ScanParams params, parse_params(job.spec.params));
  LAYER_CO_ASSIGN(ScanPlace place, co_await parts_.places.find(job.spec.ns, {}));
  LAYER_CO_ASSIGN(auto writer, co_await spool::ResultWriter::open(parts_.objects, parts_.pool,
                                                                  job.spec.id, job.lease.epoch));
  ScanWork work{.parts = parts_,
                .context = context,
                .place = std::move(place),
                .params = std::move(params),
                .writer = std::move(writer),
                .progress = job.progress};
  LAYER_CO_TRY(work.check_namespace());
  auto ended = co_await run_mode(work);
  if (!ended) {
    ended = std::unexpected(lasting(std::move(ended).error()));
  }
  if (ended || !core::info(ended.error().code).retryable) {
    const ScanAsk& ask = work.params.ask;
    count_scan(parts_.metrics,
               {.ns = work.place.cached.ns,
                .store_kind = work.place.origin.store->kind(),
                .mode = scans::name(ask.mode),
                .selector = scans::name(ask.selector),
                .served_by = work.result.source.empty() ? "origin" : work.result.source,
                .status = !ended                ? "failed"
                          : work.result.bounded ? "bounded"
                                                : "completed",
                .seconds = seconds_since(begun),
                .scanned = work.progress.counters.scanned});
  }
  co_return ended;
}

}  // namespace layer::features::scans
