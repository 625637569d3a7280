// The routes about namespaces, stores and resources, made together and entered in the table.
// Thread safety: made and entered at start.
#pragma once

#include <chrono>

#include "core/clock.h"
#include "gateway/routes/capabilities.h"
#include "gateway/routes/list_namespaces.h"
#include "gateway/routes/metadata.h"
#include "gateway/routes/resources.h"
#include "gateway/routes/vectorstores.h"

namespace layer::gateway {

class NamespaceRoutes {
 public:
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::StabilitySource& stability;
    const features::capabilities::Deployment& deployment;
    const store::StoreSet& stores;
    StoreSpecs specs;
    const resources::ResourceSource& source;
    const resources::StatusTable& statuses;
    Proxy& proxy;
    NamespaceSettingsSource& settings;
    RouteHandler& plain_metadata;
    const core::Clock& clock;
    bool stamp;  // the option of the process
    std::chrono::milliseconds list_cache_ttl;
    features::snapshots::SnapshotStore* snapshots = nullptr;  // null: there are none
    features::namespaces::CacheLook cache{};                  // empty: there is none
  };
  // What the parts refer to outlives the routes.
  explicit NamespaceRoutes(const Parts& parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);

 private:
  features::namespaces::NamespaceList list_;
  ListNamespaces namespaces_;
  ListNames names_;
  Metadata metadata_;
  StoreCapabilities of_store_;
  NamespaceCapabilities of_namespace_;
  VectorStores stores_;
  Resources resources_;
};

}  // namespace layer::gateway
