// One run of a snapshot job. Thread safety: one loop; what the constructor is given outlives the
// run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/snapshots/origin_counter.h"
#include "features/snapshots/snapshot_job.h"

namespace layer::features::snapshots {

class SnapshotRun {
 public:
  SnapshotRun(const SnapshotJob::Parts& parts, const SnapshotJobOptions& options,
              jobs::JobContext& context, Place place, SnapshotParams params);

  async::Task<Result<queue::JobProgress>> run();

 private:
  // What is to be counted.
  struct Plan {
    std::vector<std::string> fields{};
    BodyPtr merge_into{};  // counted at the same watermark; its other fields still hold
  };

  async::Task<Result<std::int64_t>> wait_for_watermark();
  async::Task<Result<bool>> serve_stored(std::int64_t watermark_ms);
  async::Task<Result<Plan>> plan(std::int64_t watermark_ms, bool written_since);
  OriginCounter counter();
  async::Task<Result<Body>> count_at(std::int64_t watermark_ms, OriginCounter& counter,
                                     const OriginCounter::Known& before,
                                     std::vector<std::string> fields);
  async::Task<Result<Body>> count(std::int64_t watermark_ms);
  async::Task<Result<queue::JobProgress>> count_filtered();
  async::Task<Result<void>> keep(const Body& body);
  async::Task<Result<void>> publish(const Body& body);
  async::Task<Result<void>> check_alive();
  queue::JobProgress finished(std::string_view source, const Latest& latest, const Body& body);

  const SnapshotJob::Parts& parts_;
  const SnapshotJobOptions& options_;
  jobs::JobContext& context_;
  Place place_;
  SnapshotParams params_;
  queue::JobProgress progress_;
  std::optional<Latest> latest_{};  // before this run
};

}  // namespace layer::features::snapshots
