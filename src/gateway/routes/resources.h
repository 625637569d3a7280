// GET /v2/resources[/{kind}[/{name}]]: the resources this gateway works by, with their status.
// Specs name secrets and never hold them. Thread safety: as RouteHandler.
#pragma once

#include "features/namespaces/routing.h"
#include "gateway/route_handler.h"
#include "resources/source.h"
#include "resources/status.h"

namespace layer::gateway {

class Resources final : public RouteHandler {
 public:
  struct Parts {
    const resources::ResourceSource& source;
    const resources::StatusTable& statuses;
    const features::namespaces::Router& router;
  };
  explicit Resources(Parts parts) : parts_(parts) {}
  // All, those of a kind, or one, in the same shape. A caller sees what it may read: an Index with
  // its namespace, a VectorStore with some of its rows, the rest with read on the deployment.
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  bool sees(const Caller& caller, const resources::Resource& resource) const;

  Parts parts_;
};

// "Index", "index", "indexes"; nullopt: no kind of that name.
std::optional<resources::Kind> parse_kind(std::string_view text);

}  // namespace layer::gateway
