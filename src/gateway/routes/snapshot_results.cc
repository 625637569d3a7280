// GET .../snapshot-jobs/{id}/results: what a snapshot with filters counted.
#include "features/snapshots/snapshot_params.h"
#include "gateway/routes/jobs_of_kind.h"
#include "gateway/routes/snapshots.h"

namespace layer::gateway {

namespace snapshots = features::snapshots;

async::Task<Result<http::Response>> SnapshotResults::handle(Exchange& exchange) {
  LAYER_CO_TRY(runner_of(parts_.jobs));
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  const JobListShape shape{.kind = snapshots::kSnapshotKind,
                           .member = "snapshot_jobs",
                           .put = snapshots::put_snapshot_job};
  LAYER_CO_ASSIGN(queue::Job job, co_await find_job_of(exchange, parts_.jobs, place.ns, shape));
  LAYER_CO_ASSIGN(const auto params, snapshots::parse_params(job.spec.params));
  if (params.filter.empty()) {
    co_return fail(ErrorCode::kNotFound,
                   "what this job counted is a snapshot: read snapshots/{sha} or snapshots/latest; "
                   "only jobs with filters have results of their own");
  }
  ResultShape results{.member = "values"};
  results.more = [result = job.progress.result](json::Writer& out) {
    snapshots::put_result_members(out, result);
  };
  co_return co_await answer_results(exchange, results_, std::move(job), std::move(results));
}

}  // namespace layer::gateway
