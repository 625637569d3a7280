#include "features/scans/scan_service.h"

#include <algorithm>
#include <utility>

#include "async/deadline.h"
#include "features/pages/store_query.h"
#include "features/scans/cache_rows.h"
#include "features/scans/counter.h"
#include "features/scans/scan_job.h"

namespace layer::features::scans {
namespace {

constexpr std::chrono::milliseconds kLookEvery{5};

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "scans"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

bool is_vector(namespaces::ColumnKind kind) {
  return kind != namespaces::ColumnKind::kScalar && kind != namespaces::ColumnKind::kArray;
}

}  // namespace

async::Task<Result<void>> ScanService::check(const Ask& ask) const {
  if (parts_.runner == nullptr) {
    co_return unavailable("queue_database",
                          "a scan of ids or values needs the queue database, which "
                          "--database-url switched off");
  }
  if (ask.passthrough && !parts_.has_credential(*ask.place.origin.store)) {
    co_return unavailable("background_credential",
                          "a scan outlives the request, and this gateway has no credential of "
                          "its own for the store");
  }
  const ScanAsk& asked = ask.params.ask;
  // Tells whether the namespace is there at all.
  LAYER_CO_ASSIGN(const auto metadata,
                  co_await pages::read_metadata(ask.place.origin,
                                                async::SteadyClock::now() + pages::kCallTimeMax));
  const auto column = std::ranges::find(metadata.columns, asked.field, &namespaces::Column::name);
  if (column != metadata.columns.end() && is_vector(column->kind)) {
    co_return std::unexpected(invalid("field", "a vector has no values to count"));
  }
  if (asked.source == Source::kCache &&
      !co_await cache_vouches(parts_.cache, ask.place.cached, true)) {
    co_return std::unexpected(cache_is_cold());
  }
  co_return Result<void>{};
}

async::Task<Result<queue::Job>> ScanService::start(Ask ask) {
  LAYER_CO_TRY(co_await check(ask));
  bool at_once = false;
  if (ask.params.ask.mode == Mode::kValues) {
    LAYER_CO_ASSIGN(const auto answer,
                    co_await look_at_snapshots(parts_.snapshots, ask.place, ask.params.ask));
    at_once = answer.has_value();
    if (!at_once && ask.params.ask.source == Source::kSnapshot) {
      co_return std::unexpected(snapshot_not_eligible());
    }
  }
  ask.params.incarnation = ask.place.cached.incarnation;
  LAYER_CO_ASSIGN(auto submitted,
                  co_await parts_.runner->submit({.kind = std::string(kScanKind),
                                                  .ns = ask.place.cached.ns,
                                                  .store = ask.place.cached.store,
                                                  .owner = std::move(ask.owner),
                                                  .params = print_params(ask.params)}));
  if (at_once) {
    co_return co_await wait(std::move(submitted.job));
  }
  co_return std::move(submitted.job);
}

// As it is after a while, over or not.
async::Task<Result<queue::Job>> ScanService::wait(queue::Job job) const {
  const async::TimePoint until = async::SteadyClock::now() + kSnapshotScanWaitMax;
  while (!queue::is_over(job.status) && async::SteadyClock::now() < until &&
         co_await async::sleep_for(kLookEvery)) {
    auto found = co_await parts_.runner->store().find(job.spec.id);
    if (!found || !*found) {
      break;  // it was taken on, and that is what counts
    }
    job = std::move(**found);
  }
  co_return job;
}

}  // namespace layer::features::scans
