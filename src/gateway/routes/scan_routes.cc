#include "gateway/routes/scan_routes.h"

namespace layer::gateway {

ScanRoutes::ScanRoutes(const Parts& parts)
    : places_(parts.router, parts.states),
      counter_({.cache = parts.cache,
                .snapshots = parts.snapshots,
                .pool = parts.pool,
                .metrics = parts.metrics}),
      service_({.runner = parts.results.jobs.runner,
                .has_credential = parts.has_credential,
                .cache = parts.cache,
                .snapshots = parts.snapshots}),
      job_({.places = places_,
            .objects = parts.results.objects,
            .pool = parts.pool,
            .metrics = parts.metrics,
            .cache = parts.cache,
            .snapshots = parts.snapshots}),
      verifier_(parts.results.jobs.auth),
      start_({.places = places_,
              .counter = counter_,
              .service = service_,
              .results = parts.results,
              .stability = parts.stability,
              .hlc = parts.hlc,
              .clock = parts.clock,
              .signer = parts.signer}),
      scans_(parts.results, parts.router, verifier_) {
  if (parts.results.jobs.runner != nullptr) {
    parts.results.jobs.runner->add(job_);
  }
}

void ScanRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kStartScan, start_);
  for (const RouteId id :
       {RouteId::kScans, RouteId::kScan, RouteId::kEndScan, RouteId::kScanResults}) {
    handlers.serve(id, scans_);
  }
}

}  // namespace layer::gateway
