// Scans as a whole: their routes and the job behind them. Thread safety: made and entered at
// start.
#pragma once

#include <functional>

#include "features/scans/scan_job.h"
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
    std::function<bool(const store::VectorStore&)> has_credential;
    ResultParts results;
  };
  explicit ScanRoutes(const Parts& parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);

 private:
  features::scans::PlaceFinder places_;
  features::scans::Counter counter_;
  features::scans::ScanService service_;
  features::scans::ScanJob job_;
  PassthroughVerifier verifier_;
  StartScan start_;
  Scans scans_;
};

}  // namespace layer::gateway
