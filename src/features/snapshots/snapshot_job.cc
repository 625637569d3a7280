#include "features/snapshots/snapshot_job.h"

#include <utility>

#include "features/snapshots/snapshot_run.h"

namespace layer::features::snapshots {
namespace {

constexpr core::MetricSpec kRuns{.name = "layer_snapshot_runs_total",
                                 .kind = core::MetricKind::kCounter,
                                 .help = "snapshots that were taken, and those that failed",
                                 .labels = "namespace store_kind result"};

}  // namespace

async::Task<Result<queue::JobProgress>> SnapshotJob::run(jobs::JobContext& context) {
  LAYER_CO_ASSIGN(SnapshotParams params, parse_params(context.job().spec.params));
  LAYER_CO_ASSIGN(Place place, co_await parts_.places.find(context.job().spec.ns));
  const std::string ns = place.ns;
  const std::string kind(place.origin.store->kind());
  auto ended =
      co_await SnapshotRun(parts_, options_, context, std::move(place), std::move(params)).run();
  if (ended || ended.error().code != ErrorCode::kCancelled) {
    parts_.metrics.sample(kRuns, {ns, kind, ended ? "success" : "failure"}).add(1);
  }
  co_return ended;
}

}  // namespace layer::features::snapshots
