// What a namespace's delete removes of the results that jobs made of its rows. Thread safety: as
// PurgePlace.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "features/deletions/purge_place.h"

namespace layer::features::spool {

// "exports_and_job_results"
class JobResultsPlace final : public deletions::PurgePlace {
 public:
  // Ids of the jobs of a namespace that were begun until then; expired ones may be missing.
  using FindJobs = std::function<async::Task<Result<std::vector<std::string>>>(
      std::string ns, std::int64_t created_until_ms)>;
  // The object store outlives the place.
  JobResultsPlace(objects::ObjectStore& objects, FindJobs find_jobs)
      : objects_(objects), find_jobs_(std::move(find_jobs)) {}

  std::string_view name() const override { return "exports_and_job_results"; }
  async::Task<Result<deletions::Purged>> purge(deletions::PurgeIntent intent) override;

 private:
  objects::ObjectStore& objects_;
  FindJobs find_jobs_;
};

}  // namespace layer::features::spool
