// The routes about namespaces, stores and resources, wired. Thread safety: made at start, read-only
// afterwards.
#pragma once

#include <functional>
#include <memory>

#include "app/config.h"
#include "app/gateway_state.h"
#include "app/gateway_stores.h"
#include "app/machine.h"
#include "app/resource_watch.h"
#include "features/snapshots/snapshot_store.h"
#include "features/watcher/watcher.h"
#include "gateway/copy_branch.h"
#include "gateway/routes/namespace_routes.h"
#include "gateway/routes/schema.h"
#include "gateway/stored_settings.h"

namespace layer::app {

// Whether the gateway may call a store on its own account. The stores outlive it.
using CredentialCheck = std::function<bool(const store::VectorStore&)>;
CredentialCheck credential_check(const GatewayStores& stores);

class NamespaceWiring {
 public:
  // All of it outlives the wiring. `shared`: what gateways tell each other; null: there is one.
  NamespaceWiring(const Config& config, Machine& machine, GatewayStores& stores,
                  GatewayState& state, ResourceWatch& resources, gateway::Proxy& proxy,
                  queue::Coordination* shared, features::namespaces::CacheLook cache);

  // The wiring outlives `handlers`.
  void serve(gateway::RouteHandlers& handlers) { routes_.serve(handlers); }
  gateway::NamespaceSettingsSource& settings() { return settings_; }
  features::watcher::Watcher& watcher() { return watcher_; }
  // Null: the object store is switched off.
  features::snapshots::SnapshotStore* snapshots() { return snapshots_.get(); }
  // For the write route.
  const gateway::CopyBranch& copies() const { return copies_; }

 private:
  features::watcher::Watcher watcher_;
  std::unique_ptr<features::snapshots::SnapshotStore> snapshots_;
  gateway::StoredSettings settings_;
  gateway::SchemaRoute plain_metadata_;
  gateway::CopyBranch copies_;
  gateway::NamespaceRoutes routes_;
};

}  // namespace layer::app
