#include "features/exports/export_job.h"

#include <utility>

#include "features/exports/export_run.h"

namespace layer::features::exports {

async::Task<Result<queue::JobProgress>> ExportJob::run(jobs::JobContext& context) {
  const queue::Job& job = context.job();
  LAYER_CO_ASSIGN(ExportParams params, parse_params(job.spec.params));
  LAYER_CO_ASSIGN(ExportPlace place, co_await parts_.places.find(job.spec.ns));
  LAYER_CO_ASSIGN(auto writer, co_await spool::ResultWriter::open(parts_.objects, parts_.pool,
                                                                  job.spec.id, job.lease.epoch));
  co_return co_await ExportRun(parts_, context, std::move(place), std::move(params),
                               std::move(writer))
      .run();
}

}  // namespace layer::features::exports
