// What answers one route. A handler gets its collaborators by reference in its constructor and
// states only its business: who the caller is, where the namespace lives and how long it may take
// stand in the exchange. Thread safety: handle() from every loop, concurrently.
#pragma once

#include <array>

#include "gateway/exchange.h"

namespace layer::gateway {

class RouteHandler {
 public:
  virtual ~RouteHandler() = default;
  // An error is printed by the gateway as the contract says (E2), with the trace.
  virtual async::Task<Result<http::Response>> handle(Exchange& exchange) = 0;
};

// Which handler answers which route; a route of the store's wire without one is forwarded.
// Filled at start, read-only afterwards.
class RouteHandlers {
 public:
  void serve(RouteId id, RouteHandler& handler) { at_[static_cast<std::size_t>(id)] = &handler; }
  RouteHandler* find(RouteId id) const { return at_[static_cast<std::size_t>(id)]; }
  // Every route that is the gateway's own is served.
  bool complete() const;

 private:
  std::array<RouteHandler*, kRouteCount> at_{};
};

inline bool RouteHandlers::complete() const {
  for (const Route& route : route_table()) {
    if (route.serving == Serving::kLayer && find(route.id) == nullptr) {
      return false;
    }
  }
  return true;
}

}  // namespace layer::gateway
