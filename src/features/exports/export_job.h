// The job that writes a namespace's rows to its results, one JSON object a line (rule X2 of the
// contract): page by page in the order of ids, shard by shard. A row that exists with an unchanged
// id during the whole export is there once; rows that come or go meanwhile may or may not be. It
// goes on from what the spool shows, in any process. Thread safety: as JobKind.
#pragma once

#include <chrono>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/exports/export_place.h"
#include "features/jobs/job_kind.h"
#include "objects/object_store.h"

namespace layer::features::exports {

inline constexpr std::string_view kExportKind = "export";

class ExportJob final : public jobs::JobKind {
 public:
  // What is referred to outlives the kind.
  struct Parts {
    const PlaceFinder& places;
    objects::ObjectStore& objects;
    async::CpuPool& pool;
    core::Metrics& metrics;
    // Lines are shown at least this often, however few they are.
    std::chrono::milliseconds show_every = std::chrono::seconds(5);
  };
  explicit ExportJob(Parts parts) : parts_(parts) {}

  std::string_view name() const override { return kExportKind; }
  async::Task<Result<queue::JobProgress>> run(jobs::JobContext& context) override;

 private:
  Parts parts_;
};

}  // namespace layer::features::exports
