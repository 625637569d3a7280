#include "gateway/routes/namespace_routes.h"

namespace layer::gateway {

NamespaceRoutes::NamespaceRoutes(const Parts& parts)
    : list_({.router = parts.router,
             .stability = parts.stability,
             .clock = parts.clock,
             .cache = parts.cache},
            {.ttl = parts.list_cache_ttl}),
      namespaces_(list_),
      names_(parts.router, parts.proxy),
      metadata_({.router = parts.router,
                 .states = parts.states,
                 .stability = parts.stability,
                 .proxy = parts.proxy,
                 .plain = parts.plain_metadata,
                 .settings = parts.settings,
                 .snapshots = parts.snapshots}),
      of_store_(parts.stores, parts.deployment),
      of_namespace_({.router = parts.router, .deployment = parts.deployment, .stamp = parts.stamp}),
      stores_({.stores = parts.stores, .specs = parts.specs, .statuses = parts.statuses}),
      resources_({.source = parts.source, .statuses = parts.statuses, .router = parts.router}) {}

void NamespaceRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kListNamespaces, namespaces_);
  handlers.serve(RouteId::kListNamespacesV1, names_);
  handlers.serve(RouteId::kMetadata, metadata_);
  handlers.serve(RouteId::kStoreCapabilities, of_store_);
  handlers.serve(RouteId::kNamespaceCapabilities, of_namespace_);
  handlers.serve(RouteId::kStores, stores_);
  handlers.serve(RouteId::kStore, stores_);
  handlers.serve(RouteId::kResources, resources_);
  handlers.serve(RouteId::kResourcesOfKind, resources_);
  handlers.serve(RouteId::kResource, resources_);
}

}  // namespace layer::gateway
