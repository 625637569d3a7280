// Pipelines as a whole: their routes. Thread safety: made and entered at start.
#pragma once

#include "gateway/routes/pipeline_documents.h"
#include "gateway/routes/pipeline_rows.h"
#include "gateway/routes/pipelines.h"

namespace layer::gateway {

class PipelineRoutes {
 public:
  // What is referred to outlives the routes.
  struct Parts {
    features::pipelines::Pipelines* pipelines;  // null: no queue database or no object store
    Targets& targets;
    Authenticator& auth;
    RouteHandler& write;
    const core::Signer& signer;
    const core::Clock& clock;
    async::CpuPool& pool;
  };
  explicit PipelineRoutes(const Parts& parts)
      : access_(parts.targets, parts.auth),
        write_({.targets = parts.targets, .auth = parts.auth, .write = parts.write}),
        pipelines_(shared(parts)),
        documents_(shared(parts)),
        leases_(shared(parts)),
        rows_(shared(parts)) {}

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers) {
    for (const RouteId id : {RouteId::kCreatePipeline, RouteId::kPipelines, RouteId::kPipeline,
                             RouteId::kDeletePipeline, RouteId::kPipelineStatus}) {
      handlers.serve(id, pipelines_);
    }
    for (const RouteId id :
         {RouteId::kStageDocument, RouteId::kPipelineDocuments, RouteId::kDocumentChunks}) {
      handlers.serve(id, documents_);
    }
    for (const RouteId id :
         {RouteId::kClaimDocuments, RouteId::kDocumentHeartbeat, RouteId::kMoveDocuments}) {
      handlers.serve(id, leases_);
    }
    for (const RouteId id :
         {RouteId::kDocumentVectors, RouteId::kDocumentRows, RouteId::kPipelineRows}) {
      handlers.serve(id, rows_);
    }
  }

 private:
  PipelineParts shared(const Parts& parts) {
    return {.pipelines = parts.pipelines,
            .access = access_,
            .write = write_,
            .signer = parts.signer,
            .clock = parts.clock,
            .pool = parts.pool};
  }

  TargetAccess access_;
  InnerWrite write_;
  PipelinesRoute pipelines_;
  PipelineDocuments documents_;
  PipelineLeases leases_;
  PipelineRows rows_;
};

}  // namespace layer::gateway
