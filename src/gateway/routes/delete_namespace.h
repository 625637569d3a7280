// DELETE /v2/namespaces/{ns} and its older path: the store's answer, with the id of the deletion in
// x-layer-deletion-id. Thread safety: as RouteHandler.
#pragma once

#include <string>

#include "features/deletions/delete_namespace.h"
#include "gateway/cache_fence.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class DeleteNamespace final : public RouteHandler {
 public:
  // All of them outlive the route.
  DeleteNamespace(features::deletions::NamespaceDeleter& deleter, Proxy& proxy,
                  CacheParts cache = {})
      : deleter_(deleter), proxy_(proxy), cache_(cache) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::deletions::NamespaceDeleter& deleter_;
  Proxy& proxy_;
  CacheParts cache_;
};

// How a receipt names who asked: the key's name; for callers whom only the store knows, a
// fingerprint of their bearer, by which they find their own receipts again.
std::string requester_of(const Exchange& exchange);

}  // namespace layer::gateway
