#include "gateway/routes/warm_routes.h"

namespace layer::gateway {

namespace warm = features::warm;

WarmRoutes::WarmRoutes(const Parts& parts)
    : places_(parts.router, parts.states),
      service_({.runner = parts.jobs.runner,
                .cache = parts.cache,
                .places = places_,
                .has_credential = parts.has_credential,
                .cache_bytes_max = parts.cache_bytes_max,
                .pool = parts.pool}),
      verifier_(parts.jobs.auth),
      warm_(service_, parts.jobs.clock),
      warm_jobs_(parts.jobs, parts.router),
      hint_({.service = service_,
             .places = places_,
             .blobs = parts.blobs,
             .pool = parts.pool,
             .proxy = parts.proxy,
             .verifier = verifier_,
             .clock = parts.jobs.clock,
             .snapshots = parts.snapshots}) {
  if (parts.cache != nullptr) {
    foreign_.emplace(warm::ForeignWrites::Parts{
        .places = places_, .cache = *parts.cache, .metrics = parts.metrics, .log = parts.log});
  }
  if (parts.cache == nullptr || parts.jobs.runner == nullptr) {
    return;
  }
  job_ = std::make_unique<warm::WarmJob>(warm::WarmJob::Parts{.places = places_,
                                                              .cache = *parts.cache,
                                                              .states = states_,
                                                              .pool = parts.pool,
                                                              .clock = parts.jobs.clock,
                                                              .metrics = parts.metrics});
  parts.jobs.runner->add(*job_);
  reactive_ = std::make_unique<warm::ReactiveWarm>(
      warm::ReactiveWarm::Parts{.service = service_,
                                .places = places_,
                                .cache = *parts.cache,
                                .has_credential = parts.has_credential,
                                .log = parts.log,
                                .loop = parts.loop});
}

void WarmRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kWarmNamespace, warm_);
  handlers.serve(RouteId::kWarmJobs, warm_jobs_);
  handlers.serve(RouteId::kWarmJob, warm_jobs_);
  handlers.serve(RouteId::kWarm, hint_);
}

async::Task<> WarmRoutes::foreign_write(std::string ns) {
  if (foreign_) {
    co_await foreign_->found(std::move(ns));
  }
}

void WarmRoutes::stop() {
  if (reactive_) {
    reactive_->stop();
  }
}

}  // namespace layer::gateway
