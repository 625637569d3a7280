#include "app/gateway_routes.h"

#include "core/random.h"

namespace layer::app {
namespace {

using gateway::HealthRoute;
using gateway::RouteId;

// Without an admin listener its routes are on the main one, for admins.
std::optional<HealthRoute::AdminHere> admin_here(const RouteParts& parts) {
  if (parts.config.admin_listen) {
    return std::nullopt;
  }
  return HealthRoute::AdminHere{.auth = parts.auth, .targets = parts.targets};
}

gateway::DataRoutes::Parts data_parts(const RouteParts& parts, NamespaceWiring& namespaces) {
  return {.proxy = parts.proxy,
          .auth = parts.auth,
          .settings = namespaces.settings(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .copies = namespaces.copies()};
}

gateway::DeletionRoutes::Parts deletion_parts(const RouteParts& parts) {
  return {.objects = parts.state.objects(),
          .find_store =
              [&stores = parts.stores](std::string_view name) { return stores.set().find(name); },
          .forget = [&states = parts.state.states()](std::string_view ns) { states.forget(ns); },
          .gateway_id = core::hex(parts.state.gateway_id()),
          .places = {},
          .proxy = parts.proxy,
          .signer = parts.state.signer(),
          .clock = parts.machine.clock,
          .metrics = parts.machine.metrics,
          .log = parts.machine.log,
          .loop = parts.machine.loops.at(0)};
}

gateway::DocumentRoutes::Parts document_parts(const RouteParts& parts,
                                              NamespaceWiring& namespaces) {
  return {.router = parts.state.router(),
          .states = parts.state.states(),
          .stability = namespaces.stability(),
          .hlc = parts.state.hlc(),
          .clock = parts.machine.clock,
          .signer = parts.state.signer(),
          .pool = parts.machine.codec_pool,
          .cache = parts.cache,
          .gateway_id = parts.state.gateway_id(),
          .cache_shared = parts.cache_shared};
}

}  // namespace

GatewayRoutes::GatewayRoutes(RouteParts parts)
    : namespaces_(parts.config, parts.machine, parts.stores, parts.state, parts.resources,
                  parts.proxy),
      health_(parts.health, admin_here(parts)),
      ready_(parts.health),
      metrics_(parts.machine.metrics),
      data_(data_parts(parts, namespaces_),
            {.held_bytes_max = parts.config.gateway.write_buffer_bytes,
             .decoded_bytes_max = parts.config.body_bytes_max}),
      deletions_(deletion_parts(parts)),
      documents_(document_parts(parts, namespaces_)) {
  namespaces_.serve(handlers_);
  handlers_.serve(RouteId::kHealth, health_);
  handlers_.serve(RouteId::kReady, ready_);
  if (!parts.config.admin_listen) {
    handlers_.serve(RouteId::kMetrics, metrics_);
  }
  data_.serve(handlers_);
  deletions_.serve(handlers_);
  documents_.serve(handlers_);
}

}  // namespace layer::app
