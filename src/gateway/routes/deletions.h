// GET /v2/namespaces/{ns}/deletions and /deletions/{id}: receipts. A passthrough caller whose
// bearer opens the namespace sees all of them; where the namespace is gone, those of its own
// deletes. Thread safety: as RouteHandler.
#pragma once

#include "core/clock.h"
#include "features/deletions/deletion_list.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

// What both routes are made from. All of it outlives them.
struct DeletionParts {
  features::deletions::Ledger& ledger;
  const core::Signer& signer;
  const core::Clock& clock;
};

class Deletions final : public RouteHandler {
 public:
  explicit Deletions(DeletionParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  DeletionParts parts_;
};

class Deletion final : public RouteHandler {
 public:
  explicit Deletion(DeletionParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  DeletionParts parts_;
};

}  // namespace layer::gateway
