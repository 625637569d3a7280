// GET /v2/jobs, GET and DELETE /v2/jobs/{id}: background jobs of every kind. Lists hold only jobs
// of namespaces that the key may read, and its own. Thread safety: as RouteHandler.
#pragma once

#include <string>

#include "core/clock.h"
#include "core/signer.h"
#include "features/jobs/job_runner.h"
#include "gateway/auth/authenticator.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

// Rule J2: the key's name, a fingerprint of a passthrough caller's bearer, or "open".
std::string job_owner(const Exchange& exchange);

// What the job routes are made from. All of it outlives them.
struct JobParts {
  features::jobs::JobRunner* runner;  // null: the queue database is switched off
  Authenticator& auth;
  const core::Signer& signer;
  const core::Clock& clock;
};

// The runner, or kFeatureUnavailable (reason queue_database).
Result<features::jobs::JobRunner*> runner_of(const JobParts& parts);
// What a failure of the queue database is answered with.
Error job_failure(Error error);

class Jobs final : public RouteHandler {
 public:
  explicit Jobs(JobParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  JobParts parts_;
};

class Job final : public RouteHandler {
 public:
  explicit Job(JobParts parts) : parts_(parts) {}
  // DELETE cancels.
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  JobParts parts_;
};

}  // namespace layer::gateway
