// The routes of scans, made together and entered in the table. Thread safety: made and entered at
// start.
#pragma once

#include "gateway/routes/scans.h"

namespace layer::gateway {

class ScanRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    core::Metrics& metrics;
    cache::DocumentCache* cache;                           // null: off
    features::scans::SnapshotCounts* snapshots = nullptr;  // null: there are none
  };
  explicit ScanRoutes(const Parts& parts)
      : places_(parts.router, parts.states),
        counter_({.cache = parts.cache,
                  .snapshots = parts.snapshots,
                  .pool = parts.pool,
                  .metrics = parts.metrics}),
        start_({.places = places_,
                .counter = counter_,
                .stability = parts.stability,
                .hlc = parts.hlc,
                .clock = parts.clock,
                .signer = parts.signer}) {}

  void serve(RouteHandlers& handlers) { handlers.serve(RouteId::kStartScan, start_); }

 private:
  features::scans::PlaceFinder places_;
  features::scans::Counter counter_;
  StartScan start_;
};

}  // namespace layer::gateway
