// One run of an export: from where its results end to its end, or to where it is told to stop.
// While the pages of one round are spooled, those of the next are read: what memory it takes is
// bounded by two pages a shard that is read at the same time. Thread safety: one loop; what the
// constructor is given outlives the run.
#pragma once

#include <vector>

#include "features/exports/export_cursor.h"
#include "features/exports/export_job.h"
#include "features/exports/export_params.h"
#include "features/spool/job_results.h"

namespace layer::features::exports {

class ExportRun {
 public:
  ExportRun(const ExportJob::Parts& parts, jobs::JobContext& context, ExportPlace place,
            ExportParams params, spool::ResultWriter writer);

  async::Task<Result<queue::JobProgress>> run();

 private:
  // The next pages of some shards.
  struct Leg {
    std::size_t shard = 0;
    Result<pages::Page> page{};
  };
  using Round = std::vector<Leg>;

  void begin();
  async::Task<Result<void>> count();
  Round next_round() const;
  async::Task<> read(Leg& leg);
  async::Task<Result<void>> spool(Round round);
  void advance(const Round& round);
  Result<void> check_namespace() const;
  queue::JobProgress progress();

  const ExportJob::Parts& parts_;
  jobs::JobContext& context_;
  const ExportPlace place_;
  const ExportParams params_;
  spool::ResultWriter writer_;
  ExportCursor cursor_{};                 // after the last round that was read
  std::vector<pages::RowPages> pages_{};  // one a shard
  std::size_t width_ = 1;
  queue::JobProgress progress_{};
  async::TimePoint shown_at_ = async::SteadyClock::now();
  core::Sample& rows_;
};

}  // namespace layer::features::exports
