// Exports as a whole: their routes and the job behind them. Thread safety: made and entered at
// start.
#pragma once

#include <memory>

#include "features/exports/export_job.h"
#include "gateway/routes/exports.h"

namespace layer::gateway {

class ExportRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    std::function<bool(const store::VectorStore&)> has_credential;
    ResultParts results;
    core::Metrics& metrics;
  };
  explicit ExportRoutes(const Parts& parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);

 private:
  features::exports::PlaceFinder places_;
  features::exports::ExportService service_;
  features::exports::ExportJob job_;
  PassthroughVerifier verifier_;
  StartExport start_;
  Exports exports_;
};

}  // namespace layer::gateway
