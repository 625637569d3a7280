// GET /v2/vectorstores/{name}/capabilities and /v2/namespaces/{ns}/capabilities: what can be done.
// Thread safety: as RouteHandler.
#pragma once

#include "features/capabilities/deployment.h"
#include "features/namespaces/routing.h"
#include "gateway/route_handler.h"
#include "store/store_set.h"

namespace layer::gateway {

class StoreCapabilities final : public RouteHandler {
 public:
  StoreCapabilities(const store::StoreSet& stores,
                    const features::capabilities::Deployment& deployment)
      : stores_(stores), deployment_(deployment) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const store::StoreSet& stores_;
  const features::capabilities::Deployment& deployment_;
};

class NamespaceCapabilities final : public RouteHandler {
 public:
  struct Parts {
    const features::namespaces::Router& router;
    const features::capabilities::Deployment& deployment;
    bool stamp;  // the option of the process
  };
  explicit NamespaceCapabilities(Parts parts) : parts_(parts) {}
  // One metadata call with the caller's credential, which is also what proves a passthrough
  // caller's right.
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  Parts parts_;
};

}  // namespace layer::gateway
