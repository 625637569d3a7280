// Ids of the rows that match, one line each: from the store, page by page and shard by shard, or
// from a cache that is vouched for. Thread safety: one loop; the work outlives the run.
#pragma once

#include "features/pages/shard_pages.h"
#include "features/scans/scan_job.h"

namespace layer::features::scans {

class IdsRun final : pages::RoundSink {
 public:
  explicit IdsRun(ScanWork& work) : work_(work) {}

  async::Task<Result<queue::JobProgress>> run();

 private:
  async::Task<Result<bool>> from_cache();
  async::Task<Result<void>> from_store();
  async::Task<Result<void>> take(pages::Round round, const pages::ShardCursors& after) override;
  async::Task<Result<void>> between() override { return work_.reached(work_.writer.lines()); }
  async::Task<Result<void>> keep() override { return work_.writer.flush(); }

  ScanWork& work_;
  async::TimePoint shown_at_ = async::SteadyClock::now();
};

}  // namespace layer::features::scans
