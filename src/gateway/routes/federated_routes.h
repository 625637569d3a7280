// Federated queries as a whole: the route and what answers it. Thread safety: made and entered at
// start.
#pragma once

#include "features/federated/searcher_search.h"
#include "gateway/routes/federated.h"

namespace layer::gateway {

class FederatedRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    features::search::Searcher& searcher;
    const features::namespaces::Router& router;
    NamespaceSettingsSource& settings;
    Authenticator& auth;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    std::size_t namespaces_max = features::federated::kNamespacesMaxDefault;
    std::size_t threads = features::federated::kThreadsDefault;  // namespaces at once, of a query
  };
  explicit FederatedRoutes(const Parts& parts)
      : search_(parts.searcher),
        query_({.search = search_, .schemas = schemas_, .threads = parts.threads}),
        route_({.query = query_,
                .router = parts.router,
                .settings = parts.settings,
                .auth = parts.auth,
                .stability = parts.stability,
                .hlc = parts.hlc,
                .clock = parts.clock,
                .signer = parts.signer,
                .pool = parts.pool,
                .namespaces_max = parts.namespaces_max}) {}

  void serve(RouteHandlers& handlers) { handlers.serve(RouteId::kFederatedQuery, route_); }

 private:
  features::federated::SearcherSearch search_;
  features::federated::SchemaCache schemas_;
  features::federated::FederatedQuery query_;
  FederatedRoute route_;
};

}  // namespace layer::gateway
