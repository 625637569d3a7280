// POST /v2/namespaces/{ns}/scans. Thread safety: as RouteHandler.
#pragma once

#include "core/clock.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/stability.h"
#include "features/scans/counter.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class StartScan final : public RouteHandler {
 public:
  // What is referred to outlives the handler.
  struct Parts {
    const features::scans::PlaceFinder& places;
    features::scans::Counter& counter;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
  };
  explicit StartScan(Parts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<void>> wait_for_writes(const Exchange& exchange,
                                            const features::scans::ScanPlace& place,
                                            features::freshness::ReadLevel level);
  async::Task<Result<http::Response>> count(Exchange& exchange,
                                            const features::scans::ScanPlace& place,
                                            const features::scans::ScanAsk& ask,
                                            const features::freshness::ReadCut& cut);

  Parts parts_;
};

}  // namespace layer::gateway
