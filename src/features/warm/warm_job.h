// The job that fills the document cache with every row of a namespace, in the order of ids, and
// certifies the result (rules H6, H10, WA1 of the contract). While one page is filled the next is
// read. A row that was written meanwhile is left to its write.
//
// It goes on from its last page in another process if what was cached still counts there; else it
// begins anew. Thread safety: as JobKind.
#pragma once

#include <memory>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "features/jobs/job_kind.h"
#include "features/warm/place.h"
#include "features/warm/warm_states.h"

namespace layer::features::warm {

inline constexpr std::string_view kWarmKind = "warm";
// Counts that disagree are looked at again this often: writes may have been under way.
inline constexpr int kVerifyTriesMax = 3;

class WarmJob final : public jobs::JobKind {
 public:
  // What is referred to outlives the kind.
  struct Parts {
    const PlaceFinder& places;
    cache::DocumentCache& cache;
    WarmStates& states;
    async::CpuPool& pool;
    const core::Clock& clock;
    core::Metrics& metrics;
    std::chrono::milliseconds verify_again = std::chrono::milliseconds(500);
  };
  explicit WarmJob(Parts parts) : parts_(parts) {}

  std::string_view name() const override { return kWarmKind; }
  async::Task<Result<queue::JobProgress>> run(jobs::JobContext& context) override;

 private:
  Parts parts_;
};

}  // namespace layer::features::warm
