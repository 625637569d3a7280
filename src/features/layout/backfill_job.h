// The job that gives rows their shard (rule Z2 of the contract): it waits until every gateway knows
// the layout, then pages through the rows that have no shard, or the wrong one, and patches it in,
// pass after pass until one finds none. Writes that go on meanwhile bring their rows' shards along.
// A patch says the same whenever it is sent, so work that is done twice does no harm.
//
// It serves the layout it was started for: when another took its place, it ends.
// Thread safety: as JobKind.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/write_watch.h"
#include "features/jobs/job_kind.h"
#include "features/layout/init_service.h"

namespace layer::features::layout {

class BackfillJob final : public jobs::JobKind {
 public:
  // What is referred to outlives the kind.
  struct Parts {
    objects::ObjectStore& objects;
    const namespaces::Router& router;
    namespaces::StateCache& states;
    freshness::HybridClock& hlc;
    cache::DocumentCache* cache;  // null: off
    async::CpuPool& pool;
    const core::Clock& clock;
    core::Metrics& metrics;
    std::function<void(std::string_view ns)> changed;  // as InitService::Parts
    freshness::WriteWatch* watch = nullptr;            // null: nobody watches
    // From the start until other gateways' knowledge of the namespace is renewed for certain.
    std::chrono::milliseconds wait = std::chrono::seconds(60);
    std::size_t batch_size = 1000;
    double pages_per_second = 5;                                       // 0: no pause
    std::chrono::milliseconds record_every = std::chrono::seconds(1);  // in layout.json
  };
  explicit BackfillJob(Parts parts) : parts_(parts) {}

  std::string_view name() const override { return kInitKind; }
  async::Task<Result<queue::JobProgress>> run(jobs::JobContext& context) override;

 private:
  Parts parts_;
};

}  // namespace layer::features::layout
