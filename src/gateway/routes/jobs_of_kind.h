// What the routes of every kind of job with results have in common: a namespace's list, one job,
// its end. Thread safety: as RouteHandler; what is given by reference outlives the await.
#pragma once

#include <string>
#include <string_view>

#include "features/namespaces/routing.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/routes/job_results.h"

namespace layer::gateway {

struct JobListShape {
  std::string_view kind;    // "scan"
  std::string_view member;  // of the list: "scans"
  void (*put)(json::Writer& out, const queue::Job& job, std::int64_t now_ms);
};

// The logical name of the request's namespace. What is shown of jobs no store is asked for: a
// passthrough bearer must prove itself first. Errors: kFeatureUnavailable (no queue database),
// those of RoutingTable::find and PassthroughVerifier::verify.
async::Task<Result<std::string>> open_jobs(Exchange& exchange, const JobParts& parts,
                                           const features::namespaces::Router& router,
                                           PassthroughVerifier& verifier);
// Query parameters: status, cursor, limit.
async::Task<Result<http::Response>> list_jobs_of(Exchange& exchange, const JobParts& parts,
                                                 std::string ns, JobListShape shape);
// The job of the path's id. Errors: kNotFound, kGone, those of the job store.
async::Task<Result<queue::Job>> find_job_of(Exchange& exchange, const JobParts& parts,
                                            std::string ns, JobListShape shape);
// Cancels one that runs; what there is of its results goes either way. For its owner, or who may
// write the namespace.
async::Task<Result<http::Response>> end_job(Exchange& exchange, const ResultParts& parts,
                                            queue::Job job);

}  // namespace layer::gateway
