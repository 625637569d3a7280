// Pipelines over HTTP (section 3.20 of the contract): the pipelines themselves. What is done with
// their documents stands in pipeline_documents.h and pipeline_rows.h. Thread safety: as
// RouteHandler.
#pragma once

#include "core/signer.h"
#include "features/pipelines/pipelines.h"
#include "gateway/inner_write.h"
#include "gateway/read_body.h"
#include "gateway/route_handler.h"
#include "gateway/target_access.h"

namespace layer::gateway {

// What the routes are made from. All of it outlives them.
struct PipelineParts {
  features::pipelines::Pipelines* pipelines;  // null: no queue database or no object store
  TargetAccess& access;
  InnerWrite& write;
  const core::Signer& signer;
  const core::Clock& clock;
  async::CpuPool& pool;
};

// Errors: kFeatureUnavailable.
Result<features::pipelines::Pipelines*> pipelines_of(const PipelineParts& parts);
// The pipeline that the path names, once it is clear that the caller may act on it as the route
// says. Errors: kNotFound, kForbidden.
async::Task<Result<queue::Pipeline>> open_pipeline(const PipelineParts& parts,
                                                   const Exchange& exchange);

// POST and GET /v2/pipelines; GET and DELETE /v2/pipelines/{id}; GET .../status
class PipelinesRoute final : public RouteHandler {
 public:
  explicit PipelinesRoute(PipelineParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> create(Exchange& exchange);
  async::Task<Result<http::Response>> list(Exchange& exchange);

  PipelineParts parts_;
};

}  // namespace layer::gateway
