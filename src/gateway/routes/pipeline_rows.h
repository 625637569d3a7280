// Rows that workers of a pipeline write (rule PL6 of the contract). Thread safety: as RouteHandler.
#pragma once

#include "gateway/routes/pipelines.h"

namespace layer::gateway {

// PUT .../documents/{doc}/vectors, PUT .../documents/{doc}/rows, PUT .../rows
class PipelineRows final : public RouteHandler {
 public:
  explicit PipelineRows(PipelineParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> write_vectors(Exchange& exchange,
                                                    const queue::Pipeline& pipeline,
                                                    const features::pipelines::RowsAsk& ask);
  // Whether the caller holds the document: by its lease, as the worker who claimed it, or as
  // somebody who may act on anything that nobody holds.
  async::Task<Result<queue::Document>> held(Exchange& exchange, const queue::Pipeline& pipeline,
                                            const features::pipelines::RowsAsk& ask);

  PipelineParts parts_;
};

}  // namespace layer::gateway
