// One run of a warm: from its cursor to its end, or to where it is told to stop. Thread safety: one
// loop; what the constructor is given outlives the run.
#pragma once

#include <string>
#include <vector>

#include "features/pages/row_pages.h"
#include "features/warm/warm_cursor.h"
#include "features/warm/warm_job.h"
#include "features/warm/warm_params.h"

namespace layer::features::warm {

class WarmRun {
 public:
  WarmRun(const WarmJob::Parts& parts, jobs::JobContext& context, Place place, WarmParams params);

  async::Task<Result<queue::JobProgress>> run();

 private:
  // How a warm that read everything ended.
  struct Verdict {
    bool complete = false;   // the cache holds as many rows as the store
    bool certified = false;  // and answers for the namespace without being asked to
  };

  async::Task<Result<void>> begin();
  async::Task<Result<void>> fill_all();
  async::Task<> fill_page(const std::vector<documents::AnswerRow>& rows, cache::FillTicket ticket);
  async::Task<> fill_part(const std::vector<documents::AnswerRow>& rows, std::size_t begin,
                          cache::FillTicket ticket);
  async::Task<> keep_pace() const;
  async::Task<Result<Verdict>> verify();
  async::Task<Result<std::uint64_t>> count() const;
  async::Task<Result<bool>> counts_agree(std::uint64_t& rows);
  void set_progress();
  queue::JobProgress finished(const Verdict& verdict);

  const WarmJob::Parts& parts_;
  jobs::JobContext& context_;
  const Place place_;
  const WarmParams params_;
  pages::RowPages pages_;
  queue::JobProgress progress_;
  WarmCursor cursor_;
  async::TimePoint begun_ = async::SteadyClock::now();
  std::uint64_t scanned_here_ = 0;  // by this run
  core::Sample& rows_read_;
  core::Sample& rows_kept_;
};

}  // namespace layer::features::warm
