// GET /v2/namespaces/{ns}/documents/{id}/where: what is known of a row and of its way to readers:
// whether it exists, when it was written, whether stable reads see it yet, whether it is cached.
// Asks the store, always. Thread safety: as RouteHandler.
#pragma once

#include "cache/document_cache.h"
#include "features/freshness/stability.h"
#include "gateway/route_handler.h"
#include "gateway/routes/document_source.h"

namespace layer::gateway {

class DocumentWhere final : public RouteHandler {
 public:
  // All of them outlive the route; `cache` is null when there is none.
  DocumentWhere(DocumentSource& source, cache::DocumentCache* cache,
                features::freshness::StabilitySource& stability)
      : source_(source), cache_(cache), stability_(stability) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  DocumentSource& source_;
  cache::DocumentCache* const cache_;
  features::freshness::StabilitySource& stability_;
};

}  // namespace layer::gateway
