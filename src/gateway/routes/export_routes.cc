#include "gateway/routes/export_routes.h"

namespace layer::gateway {

ExportRoutes::ExportRoutes(const Parts& parts)
    : places_(parts.router, parts.states),
      service_({.runner = parts.results.jobs.runner,
                .places = places_,
                .pool = parts.results.pool,
                .has_credential = parts.has_credential}),
      job_({.places = places_,
            .objects = parts.results.objects,
            .pool = parts.results.pool,
            .metrics = parts.metrics}),
      verifier_(parts.results.jobs.auth),
      start_(service_, parts.results.jobs.clock),
      exports_(parts.results, parts.router, verifier_) {
  if (parts.results.jobs.runner != nullptr) {
    parts.results.jobs.runner->add(job_);
  }
}

void ExportRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kStartExport, start_);
  for (const RouteId id :
       {RouteId::kExports, RouteId::kExport, RouteId::kEndExport, RouteId::kExportResults}) {
    handlers.serve(id, exports_);
  }
}

}  // namespace layer::gateway
