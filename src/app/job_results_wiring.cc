#include "app/job_results_wiring.h"

#include <string>
#include <vector>

namespace layer::app {
namespace {

// What still runs is stopped first: it would write on what is being removed.
async::Task<Result<std::vector<std::string>>> find_jobs(features::jobs::JobRunner& runner,
                                                        std::string ns, std::int64_t until_ms) {
  std::vector<std::string> ids;
  std::optional<queue::JobKey> before;
  while (true) {
    LAYER_CO_ASSIGN(const auto jobs,
                    co_await runner.store().list({.ns = ns}, before, queue::kJobListMax));
    for (const queue::Job& job : jobs) {
      before = queue::JobKey{.created_at_ms = job.created_at_ms, .id = job.spec.id};
      const bool has_results =
          job.spec.kind == "scan" || job.spec.kind == "export" || job.spec.kind == "snapshot";
      if (!has_results || job.created_at_ms > until_ms) {
        continue;
      }
      if (!queue::is_over(job.status)) {
        LAYER_CO_TRY(co_await runner.cancel(job.spec.id));
      }
      ids.push_back(job.spec.id);
    }
    if (jobs.size() < queue::kJobListMax) {
      co_return ids;
    }
  }
}

}  // namespace

std::unique_ptr<features::deletions::PurgePlace> job_results_place(
    objects::ObjectStore& objects, features::jobs::JobRunner& runner) {
  return std::make_unique<features::spool::JobResultsPlace>(
      objects, [&runner](std::string ns, std::int64_t until_ms) {
        return find_jobs(runner, std::move(ns), until_ms);
      });
}

}  // namespace layer::app
