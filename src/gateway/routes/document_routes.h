// The routes of documents, made together and entered in the table. Thread safety: made and entered
// at start.
#pragma once

#include "gateway/routes/document.h"
#include "gateway/routes/document_batch.h"
#include "gateway/routes/document_where.h"

namespace layer::gateway {

class DocumentRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    const features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::StabilitySource& stability;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    // A read met rows of the namespace that were not cached.
    std::function<void(std::string_view ns)> missed{};
    cache::DocumentCache* cache;  // null: off
    std::uint64_t gateway_id = 0;
    bool cache_shared = false;
  };
  explicit DocumentRoutes(const Parts& parts)
      : shapes_(parts.clock),
        fetcher_(parts.cache, parts.pool),
        source_({.router = parts.router,
                 .states = parts.states,
                 .shapes = shapes_,
                 .fetcher = fetcher_,
                 .hlc = parts.hlc,
                 .clock = parts.clock,
                 .signer = parts.signer,
                 .missed = parts.missed,
                 .gateway_id = parts.gateway_id,
                 .cache_shared = parts.cache_shared}),
        document_(source_),
        batch_(source_, parts.pool),
        where_(source_, parts.cache, parts.stability) {}

  void serve(RouteHandlers& handlers) {
    handlers.serve(RouteId::kDocument, document_);
    handlers.serve(RouteId::kDocumentBatch, batch_);
    handlers.serve(RouteId::kDocumentWhere, where_);
  }
  // Rows that requests wait for while another one reads them.
  std::size_t waiting() const { return fetcher_.waiting(); }

 private:
  features::documents::ShapeCache shapes_;
  features::documents::Fetcher fetcher_;
  DocumentSource source_;
  Document document_;
  DocumentBatch batch_;
  DocumentWhere where_;
};

}  // namespace layer::gateway
