// Queries at level stable and queries over a range of write times (rules Y6 to Y10 and Y14 of the
// contract): the level and filters in force are put into the body, for all members of a multi-query
// from one decision. Thread safety: as RouteHandler. Cost: one or two passes over the body and its
// copy; a second call of the store where it asks for patience or knows no stamps.
#pragma once

#include <string>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/freshness/row_bounds.h"
#include "features/freshness/stability.h"
#include "gateway/namespace_settings.h"
#include "gateway/proxy.h"

namespace layer::gateway {

class CutQuery {
 public:
  // All of them outlive it.
  struct Parts {
    Proxy& proxy;
    features::freshness::StabilitySource& stability;
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit CutQuery(Parts parts) : parts_(parts) {}

  struct Asked {
    std::string body;      // one JSON object, decoded
    bool decoded = false;  // as Proxy::make_call takes it
    bool stable = false;   // by the caller or the Index; otherwise a range of times was asked for
  };
  // Errors: kValidation (the range), kFeatureUnavailable (writes carry no stamps), those of
  // Proxy::send.
  async::Task<Result<http::Response>> answer(Exchange& exchange, const NamespaceSettings& settings,
                                             Asked asked);

 private:
  async::Task<Result<store::Answer>> send(Exchange& exchange, const Asked& asked,
                                          const features::freshness::QueryEdit& edit);

  Parts parts_;
};

// What a caller is told of a stable read; nothing of others.
void tell_cut(Exchange& exchange, const features::freshness::ReadCut& read, std::string_view ns,
              core::Metrics& metrics);

}  // namespace layer::gateway
