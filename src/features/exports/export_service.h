// Starting exports: what speaks against one. Thread safety: any loop, concurrently. What is
// referred to outlives the service.
#pragma once

#include <functional>
#include <string>

#include "features/exports/export_params.h"
#include "features/exports/export_place.h"
#include "features/jobs/job_runner.h"

namespace layer::features::exports {

class ExportService {
 public:
  struct Parts {
    jobs::JobRunner* runner;  // null: there is no queue database
    const PlaceFinder& places;
    async::CpuPool& pool;
    // Whether the gateway opens the store itself, without a caller's bearer.
    std::function<bool(const store::VectorStore&)> has_credential{};
  };
  explicit ExportService(Parts parts) : parts_(std::move(parts)) {}

  struct Ask {
    std::string ns;
    std::string owner;
    bool passthrough = false;  // the caller's bearer is the store's key
    ExportParams params{};
    async::TimePoint deadline{};  // of the first look at the store
  };
  // Reads one row as the export would: what the store would refuse later it refuses now. Errors:
  // kFeatureUnavailable (reasons queue_database, background_credential, stamp_off), kNotFound,
  // kRateLimited, kValidation and kForbidden (the store's words), those of the job store.
  async::Task<Result<queue::Job>> start(Ask ask);

 private:
  Parts parts_;
};

}  // namespace layer::features::exports
