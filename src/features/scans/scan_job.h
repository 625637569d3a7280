// The job of a scan: ids, or values and how often each occurs, as lines of its results (rules SC1,
// SC2, SC4 to SC8 and J4 of the contract). It goes on from what the spool shows, in any process,
// and ends with what it would have found undisturbed. Thread safety: as JobKind.
#pragma once

#include <chrono>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/jobs/job_kind.h"
#include "features/scans/row_set.h"
#include "features/scans/scan_params.h"
#include "features/scans/scan_place.h"
#include "features/scans/scan_result.h"
#include "features/scans/snapshot_counts.h"
#include "features/scans/value_tally.h"
#include "features/spool/job_results.h"
#include "objects/object_store.h"

namespace layer::features::scans {

inline constexpr std::string_view kScanKind = "scan";

class ScanJob final : public jobs::JobKind {
 public:
  // What is referred to outlives the kind.
  struct Parts {
    const PlaceFinder& places;
    objects::ObjectStore& objects;
    async::CpuPool& pool;
    core::Metrics& metrics;
    cache::DocumentCache* cache = nullptr;  // null: off
    SnapshotCounts* snapshots = nullptr;    // null: there are none
    // Lines are shown at least this often, however few they are.
    std::chrono::milliseconds show_every = std::chrono::seconds(1);
    // How often a tally that is not done is kept; what came since is counted again after a crash.
    std::chrono::milliseconds keep_every = std::chrono::seconds(15);
    ValueTally::Limits limits{};
  };
  explicit ScanJob(Parts parts) : parts_(parts) {}

  std::string_view name() const override { return kScanKind; }
  async::Task<Result<queue::JobProgress>> run(jobs::JobContext& context) override;

 private:
  Parts parts_;
};

// What one run of the job works with.
struct ScanWork {
  const ScanJob::Parts& parts;
  jobs::JobContext& context;
  ScanPlace place;
  ScanParams params;
  spool::ResultWriter writer;
  queue::JobProgress progress{};
  ScanResult result{};
  KnownColumns known{};

  RowSet rows() const;
  // Errors: kNotFound. Rows of a namespace that was made anew under the same name are not those
  // that were asked for.
  Result<void> check_namespace() const;
  // How many rows there are about (a filter leaves fewer), and which attributes they have.
  async::Task<Result<void>> look();
  // Between two pieces of work, `scanned` rows being done: checks the namespace, says how far it
  // came. Errors: those of JobContext::reached() and check_namespace().
  async::Task<Result<void>> reached(std::uint64_t scanned);
  // All lines are in the results.
  async::Task<Result<queue::JobProgress>> finish(std::uint64_t scanned);
};

}  // namespace layer::features::scans
