// GET /v2/namespaces/{ns}/metadata: with `layer=true` or `field_stats=true` the store's metadata
// and what the gateway knows of the namespace; otherwise the answer of the plain route. Thread
// safety: as RouteHandler.
#pragma once

#include "features/freshness/stability.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"
#include "features/snapshots/field_stats.h"
#include "features/snapshots/snapshot_store.h"
#include "gateway/namespace_settings.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

inline constexpr std::uint32_t kFieldStatsTopMax = 1000;

class Metadata final : public RouteHandler {
 public:
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::StabilitySource& stability;
    Proxy& proxy;
    RouteHandler& plain;  // what answers without the parameters
    NamespaceSettingsSource& settings;
    features::snapshots::SnapshotStore* snapshots = nullptr;  // null: there are none
  };
  explicit Metadata(Parts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  struct Asked {
    bool block = false;
    bool field_stats = false;
    std::uint32_t top = features::snapshots::kFieldStatsTopDefault;
  };
  using Snapshot = std::optional<features::snapshots::SnapshotStore::Found>;
  static Result<Asked> read_parameters(const Exchange& exchange);
  std::string with_block(std::string body, const features::namespaces::Route& route,
                         const features::namespaces::NamespaceState& state,
                         const NamespaceSettings& settings, bool hide, Asked asked,
                         const Snapshot& snapshot) const;
  // The latest; a failure of the object store shows none.
  async::Task<Snapshot> latest_snapshot(std::string ns, std::uint64_t incarnation) const;

  Parts parts_;
};

}  // namespace layer::gateway
