// POST /v2/namespaces/{ns}/warm, GET /v2/namespaces/{ns}/warm-jobs and /warm-jobs/{id}. Thread
// safety: as RouteHandler.
#pragma once

#include "features/warm/warm_service.h"
#include "gateway/route_handler.h"
#include "gateway/routes/jobs.h"

namespace layer::gateway {

class WarmNamespace final : public RouteHandler {
 public:
  // Both outlive the handler.
  WarmNamespace(features::warm::WarmService& service, const core::Clock& clock)
      : service_(service), clock_(clock) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::warm::WarmService& service_;
  const core::Clock& clock_;
};

// The list, and one of it.
class WarmJobs final : public RouteHandler {
 public:
  WarmJobs(JobParts parts, const features::namespaces::Router& router)
      : parts_(parts), router_(router) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> list(Exchange& exchange, std::string ns);

  JobParts parts_;
  const features::namespaces::Router& router_;
};

}  // namespace layer::gateway
