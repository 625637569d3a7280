#include "app/gateway_routes.h"

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

}  // namespace

GatewayRoutes::GatewayRoutes(RouteParts parts)
    : health_(parts.health, admin_here(parts)),
      ready_(parts.health),
      metrics_(parts.machine.metrics) {
  handlers_.serve(RouteId::kHealth, health_);
  handlers_.serve(RouteId::kReady, ready_);
  if (!parts.config.admin_listen) {
    handlers_.serve(RouteId::kMetrics, metrics_);
  }
}

}  // namespace layer::app
