// POST /v2/namespaces/{ns}/query and /explain_query: a query is looked at, waits for the writes its
// caller names (rule Y12 of the contract), and goes on with reserved attributes hidden (rule T5 b).
// One at level stable, or over a range of write times, goes on as cut_query.h says; one that can be
// read shard by shard as scatter_query.h says; one with the gateway's own fields as layer_query.h
// says. /multi_query is /query with `queries`.
// Thread safety: as RouteHandler. Cost of a plain query: one pass over its body, which is held up
// to 8 MiB; a larger one goes on unseen.
#pragma once

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "features/reserved/query_shape.h"
#include "gateway/namespace_settings.h"
#include "gateway/peeked_body.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"
#include "gateway/routes/cut_query.h"
#include "gateway/routes/layer_query.h"
#include "gateway/routes/scatter_query.h"

namespace layer::gateway {

inline constexpr std::size_t held_query_bytes_max = 8 * core::limits::kMiB;

class QueryRoute final : public RouteHandler {
 public:
  // All of them outlive the route.
  struct Parts {
    Proxy& proxy;
    NamespaceSettingsSource& settings;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    features::freshness::StabilitySource& stability;
    core::Metrics& metrics;
    features::legs::LegReader& legs;
    features::search::Searcher& searcher;
  };
  QueryRoute(Parts parts, std::uint64_t decoded_bytes_max)
      : parts_(parts),
        cut_({parts.proxy, parts.stability, parts.pool, parts.metrics}),
        layers_({parts.searcher, parts.stability, parts.metrics}),
        scatter_({parts.legs, parts.stability, parts.pool, parts.metrics}),
        decoded_bytes_max_(decoded_bytes_max) {}

  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  // What a look at the body found.
  struct Seen {
    features::reserved::QueryShape shape{};
    std::optional<std::string> edited{};
  };
  async::Task<Result<Seen>> look(Exchange& exchange, PeekedBody& body, bool hides);
  async::Task<Result<http::Response>> relay(Exchange& exchange, PeekedBody& body, Seen seen);
  async::Task<Result<void>> wait_for_writes(Exchange& exchange, const NamespaceSettings& settings,
                                            features::freshness::ReadLevel level);

  Parts parts_;
  CutQuery cut_;
  LayerQueries layers_;
  ScatterQuery scatter_;
  const std::uint64_t decoded_bytes_max_;
};

// True when the caller wants to see reserved attributes in answers that list everything.
bool shows_reserved(const Exchange& exchange);

}  // namespace layer::gateway
