// GET /v2/namespaces, and GET /v1/namespaces for callers who may not see every name.
// Thread safety: as RouteHandler.
#pragma once

#include "features/namespaces/list.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class ListNamespaces final : public RouteHandler {
 public:
  explicit ListNamespaces(features::namespaces::NamespaceList& list) : list_(list) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::namespaces::NamespaceList& list_;
};

// The store's own list. A caller whose key is limited to some namespaces gets it without the
// others, every other byte as the store sent it; for the rest it is a plain exchange.
class ListNames final : public RouteHandler {
 public:
  ListNames(const features::namespaces::Router& router, Proxy& proxy)
      : router_(router), proxy_(proxy) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const features::namespaces::Router& router_;
  Proxy& proxy_;
};

// What tells callers apart in the list's cache: their right to read, spelled out.
std::string read_fingerprint(const Caller& caller);

}  // namespace layer::gateway
