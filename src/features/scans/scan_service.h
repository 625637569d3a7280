// Starting scans that are jobs: what speaks against one. Thread safety: any loop, concurrently.
// What is referred to outlives the service.
#pragma once

#include <functional>
#include <string>

#include "features/jobs/job_runner.h"
#include "features/scans/scan_params.h"
#include "features/scans/scan_place.h"
#include "features/scans/snapshot_counts.h"

namespace layer::features::scans {

// How long an answer waits for a scan that a snapshot answers.
inline constexpr std::chrono::milliseconds kSnapshotScanWaitMax{2000};

class ScanService {
 public:
  struct Parts {
    jobs::JobRunner* runner;  // null: there is no queue database
    // Whether the gateway opens the store itself, without a caller's bearer.
    std::function<bool(const store::VectorStore&)> has_credential{};
    cache::DocumentCache* cache = nullptr;  // null: off
    SnapshotCounts* snapshots = nullptr;    // null: there are none
  };
  explicit ScanService(Parts parts) : parts_(std::move(parts)) {}

  struct Ask {
    ScanPlace place;
    std::string owner;
    bool passthrough = false;  // the caller's bearer is the store's key
    ScanParams params{};
  };
  // The job; over already when a snapshot answers (rule SC6). Errors: kFeatureUnavailable (reasons
  // queue_database, background_credential), kValidation (the field is a vector),
  // kCacheCold, kPreconditionFailed (the source asked for cannot answer), kNotFound, kRateLimited,
  // those of the store and of the job store.
  async::Task<Result<queue::Job>> start(Ask ask);

 private:
  async::Task<Result<void>> check(const Ask& ask) const;
  async::Task<Result<queue::Job>> wait(queue::Job job) const;

  Parts parts_;
};

}  // namespace layer::features::scans
