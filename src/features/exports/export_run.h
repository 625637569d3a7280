// One run of an export: from where its results end to its end, or to where it is told to stop.
// Thread safety: one loop; what the constructor is given outlives the run.
#pragma once

#include <vector>

#include "features/exports/export_job.h"
#include "features/exports/export_params.h"
#include "features/pages/shard_pages.h"
#include "features/spool/job_results.h"

namespace layer::features::exports {

class ExportRun final : pages::RoundSink {
 public:
  ExportRun(const ExportJob::Parts& parts, jobs::JobContext& context, ExportPlace place,
            ExportParams params, spool::ResultWriter writer);

  async::Task<Result<queue::JobProgress>> run();

 private:
  async::Task<Result<void>> count();
  async::Task<Result<void>> take(pages::Round round, const pages::ShardCursors& after) override;
  async::Task<Result<void>> between() override;
  async::Task<Result<void>> keep() override { return writer_.flush(); }
  Result<void> check_namespace() const;
  queue::JobProgress progress();

  const ExportJob::Parts& parts_;
  jobs::JobContext& context_;
  const ExportPlace place_;
  const ExportParams params_;
  spool::ResultWriter writer_;
  queue::JobProgress progress_{};
  async::TimePoint shown_at_ = async::SteadyClock::now();
  core::Sample& rows_;
};

}  // namespace layer::features::exports
