// POST, GET /v2/namespaces/{ns}/scans, GET and DELETE .../scans/{id}, GET .../scans/{id}/results.
// Thread safety: as RouteHandler.
#pragma once

#include "core/clock.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/stability.h"
#include "features/scans/counter.h"
#include "features/scans/scan_service.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/route_handler.h"
#include "gateway/routes/job_results.h"

namespace layer::gateway {

class StartScan final : public RouteHandler {
 public:
  // What is referred to outlives the handler.
  struct Parts {
    const features::scans::PlaceFinder& places;
    features::scans::Counter& counter;
    features::scans::ScanService& service;
    ResultParts results;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
  };
  explicit StartScan(Parts parts) : parts_(std::move(parts)) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<void>> wait_for_writes(const Exchange& exchange,
                                            const features::scans::ScanPlace& place,
                                            features::freshness::ReadLevel level);
  async::Task<Result<http::Response>> count(Exchange& exchange,
                                            const features::scans::ScanPlace& place,
                                            const features::scans::ScanAsk& ask,
                                            const features::freshness::ReadCut& cut);
  async::Task<Result<http::Response>> submit(Exchange& exchange, features::scans::ScanPlace place,
                                             features::scans::ScanParams params);

  Parts parts_;
};

// The list, one of it, its end and its results.
class Scans final : public RouteHandler {
 public:
  // Both references outlive the handler.
  Scans(ResultParts parts, const features::namespaces::Router& router,
        PassthroughVerifier& verifier)
      : parts_(std::move(parts)), router_(router), verifier_(verifier) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const ResultParts parts_;
  const features::namespaces::Router& router_;
  PassthroughVerifier& verifier_;
};

}  // namespace layer::gateway
