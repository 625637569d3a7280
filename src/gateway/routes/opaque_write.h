// Writes that the gateway does not look into (rule W9 of the contract): older paths, paths that no
// route claims, changes of the schema. The namespace's cached rows are given up before and after.
// And their end: an operation that went on in the background is acknowledged when the caller is
// told that it is over, so the rows are given up before that.
// Thread safety: as RouteHandler. Without a cache it is what it wraps.
#pragma once

#include "features/freshness/write_watch.h"
#include "gateway/cache_fence.h"
#include "gateway/namespace_settings.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class OpaqueWrite final : public RouteHandler {
 public:
  struct Parts {
    Proxy& proxy;
    NamespaceSettingsSource& settings;
    CacheParts cache;
    features::freshness::WriteWatch* watch = nullptr;  // null: nobody watches
  };
  // All of them outlive the route. `inner` sends the request on.
  OpaqueWrite(Parts parts, RouteHandler& inner) : parts_(parts), inner_(inner) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  cache::CachedNamespace cached(const Exchange& exchange) const;
  async::Task<Result<http::Response>> poll(Exchange& exchange);
  async::Task<Result<http::Response>> write(Exchange& exchange);

  Parts parts_;
  RouteHandler& inner_;
};

}  // namespace layer::gateway
