// Results of jobs, as a place that a namespace's delete clears. Thread safety: as PurgePlace.
#pragma once

#include <memory>

#include "features/jobs/job_runner.h"
#include "features/spool/purge_results.h"

namespace layer::app {

// Both outlive the place.
std::unique_ptr<features::deletions::PurgePlace> job_results_place(
    objects::ObjectStore& objects, features::jobs::JobRunner& runner);

}  // namespace layer::app
