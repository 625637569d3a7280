// Different values of a field and how often each occurs, from the cheapest source that can vouch
// for them (rules SC1, SC2, SC4 to SC7 of the contract). The work has two halves: counting, whose
// tally is kept as lists whenever it grows too large or some time has passed, and ranking, which
// brings the lists into the order of the results. Thread safety: one loop; the work outlives the
// run.
#pragma once

#include "features/namespaces/store_metadata.h"
#include "features/pages/shard_pages.h"
#include "features/scans/scan_job.h"
#include "features/scans/value_lists.h"
#include "features/scans/values_state.h"

namespace layer::features::scans {

class ValuesRun final : pages::RoundSink {
 public:
  explicit ValuesRun(ScanWork& work);

  async::Task<Result<queue::JobProgress>> run();

 private:
  // Counting. False: this source cannot answer.
  async::Task<Result<void>> count();
  async::Task<Result<bool>> from_snapshot();
  async::Task<Result<bool>> from_cache();
  async::Task<Result<void>> from_ranking();
  async::Task<Result<void>> from_store();
  async::Task<Result<bool>> from_groups(bool array);
  async::Task<Result<void>> from_pages();
  async::Task<Result<void>> take(pages::Round round, const pages::ShardCursors& after) override;
  async::Task<Result<void>> between() override { return work_.reached(state_.scanned); }

  void forget();
  // What was counted before, by an earlier run.
  async::Task<Result<void>> recall();
  // Makes lists of the tally when it is full.
  async::Task<Result<void>> make_room();
  // make_room(), and what was reached counts.
  async::Task<Result<void>> keep_often();
  async::Task<Result<void>> spill();
  async::Task<Result<void>> publish();

  // Ranking.
  async::Task<Result<void>> rank();
  async::Task<Result<void>> rank_in_memory();
  async::Task<Result<void>> rank_lists();
  async::Task<Result<void>> copy_ranked();

  ScanWork& work_;
  const ListPlace lists_;
  ValueTally tally_;
  ValuesState state_{};
  async::TimePoint kept_at_ = async::SteadyClock::now();
};

}  // namespace layer::features::scans
