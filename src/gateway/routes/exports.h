// POST, GET /v2/namespaces/{ns}/exports, GET and DELETE .../exports/{id}, GET
// .../exports/{id}/results. Thread safety: as RouteHandler.
#pragma once

#include "features/exports/export_service.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/routes/job_results.h"

namespace layer::gateway {

class StartExport final : public RouteHandler {
 public:
  // Both outlive the handler.
  StartExport(features::exports::ExportService& service, const core::Clock& clock)
      : service_(service), clock_(clock) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::exports::ExportService& service_;
  const core::Clock& clock_;
};

// The list, one of it, its end and its results.
class Exports final : public RouteHandler {
 public:
  // Both references outlive the handler.
  Exports(ResultParts parts, const features::namespaces::Router& router,
          PassthroughVerifier& verifier)
      : parts_(std::move(parts)), router_(router), verifier_(verifier) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const ResultParts parts_;
  const features::namespaces::Router& router_;
  PassthroughVerifier& verifier_;
};

}  // namespace layer::gateway
