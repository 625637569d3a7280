// POST /v2/namespaces/{ns}/init: a namespace gets its layout, and the job that fills it in. Thread
// safety: made at start, as RouteHandler afterwards.
#pragma once

#include <memory>

#include "features/freshness/stability.h"
#include "features/layout/backfill_job.h"
#include "gateway/namespace_settings.h"
#include "gateway/route_handler.h"
#include "gateway/routes/jobs.h"

namespace layer::gateway {

class InitRoute final : public RouteHandler {
 public:
  // How the backfill goes about its work.
  struct Backfill {
    std::chrono::milliseconds wait;
    std::size_t batch_size;
    double pages_per_second;
  };
  // What is referred to outlives the route.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::StabilitySource& stability;
    NamespaceSettingsSource& settings;
    features::freshness::HybridClock& hlc;
    objects::ObjectStore* objects;  // null: off
    cache::DocumentCache* cache;    // null: off
    std::function<bool(const store::VectorStore&)> has_credential;
    JobParts jobs;
    Backfill backfill;
    async::CpuPool& pool;
    core::Metrics& metrics;
    std::function<void(std::string_view ns)> changed;  // as InitService::Parts
    features::freshness::WriteWatch* watch = nullptr;  // null: nobody watches
  };
  explicit InitRoute(const Parts& parts);
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const Parts parts_;
  features::layout::InitService service_;
  std::unique_ptr<features::layout::BackfillJob> job_;  // null: without object store or database
};

}  // namespace layer::gateway
