// Warms as a whole: their routes, the job behind them and the warms that reads start. Thread
// safety: made and entered at start; start() and stop() from the owner's thread.
#pragma once

#include <memory>
#include <optional>

#include "features/warm/foreign_writes.h"
#include "features/warm/reactive_warm.h"
#include "features/warm/warm_job.h"
#include "gateway/routes/hint_cache_warm.h"
#include "gateway/routes/warm.h"

namespace layer::gateway {

class WarmRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    cache::DocumentCache* cache;  // null: off
    features::blobs::Blobs& blobs;
    std::uint64_t cache_bytes_max = 0;
    std::function<bool(const store::VectorStore&)> has_credential;
    JobParts jobs;
    Proxy& proxy;
    async::CpuPool& pool;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
    features::snapshots::SnapshotStore* snapshots = nullptr;  // null: there are none
  };
  explicit WarmRoutes(const Parts& parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);
  // Before the last request.
  void stop();

  // A read met a row of the namespace that was not cached.
  void missed(std::string_view ns) {
    if (reactive_) {
      reactive_->missed(ns);
    }
  }
  // The store was written past this gateway.
  async::Task<> foreign_write(std::string ns);
  const features::warm::WarmStates& states() const { return states_; }

 private:
  features::warm::PlaceFinder places_;
  features::warm::WarmStates states_;
  features::warm::WarmService service_;
  std::unique_ptr<features::warm::WarmJob> job_;  // null: without cache or database
  std::unique_ptr<features::warm::ReactiveWarm> reactive_;
  std::optional<features::warm::ForeignWrites> foreign_;  // none without a cache
  PassthroughVerifier verifier_;
  WarmNamespace warm_;
  WarmJobs warm_jobs_;
  HintCacheWarm hint_;
};

}  // namespace layer::gateway
