// POST /v2/query: one query over many namespaces (rules FQ1 to FQ6 of the contract). Read scope is
// asked of each namespace that is named; "*" stands for those that are granted.
// Thread safety: as RouteHandler.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/signer.h"
#include "features/federated/federated_ask.h"
#include "features/federated/federated_query.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/stability.h"
#include "features/namespaces/routing.h"
#include "gateway/auth/authenticator.h"
#include "gateway/namespace_settings.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class FederatedRoute final : public RouteHandler {
 public:
  // What is referred to outlives the route.
  struct Parts {
    features::federated::FederatedQuery& query;
    const features::namespaces::Router& router;
    NamespaceSettingsSource& settings;
    Authenticator& auth;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    std::size_t namespaces_max = features::federated::kNamespacesMaxDefault;
  };
  explicit FederatedRoute(Parts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  using TablePtr = std::shared_ptr<const features::namespaces::RoutingTable>;
  using Places = std::vector<features::federated::FederatedPlace>;

  async::Task<Result<features::federated::FederatedAsk>> read_ask(Exchange& exchange) const;
  Result<void> authorise(const Exchange& exchange, const TablePtr& table,
                         const std::vector<std::string>& names) const;
  features::federated::FederatedPlace place_of(const Exchange& exchange, const TablePtr& table,
                                               const std::string& name,
                                               const features::federated::FederatedAsk& ask,
                                               const std::string& hidden_query) const;
  async::Task<Result<void>> wait_for_writes(const Exchange& exchange, const Places& places,
                                            const features::federated::FederatedAsk& ask) const;
  async::Task<Result<http::Response>> answer(Exchange& exchange,
                                             features::federated::FederatedAnswer answer) const;

  Parts parts_;
};

}  // namespace layer::gateway
