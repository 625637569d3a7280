// Documents of pipelines over HTTP (section 3.20 of the contract): staging, claims, heartbeats,
// chunks, moves, lists. Thread safety: as RouteHandler.
#pragma once

#include "gateway/routes/pipelines.h"

namespace layer::gateway {

// PUT .../documents/{doc}, GET .../documents, GET .../documents/{doc}/chunks
class PipelineDocuments final : public RouteHandler {
 public:
  explicit PipelineDocuments(PipelineParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> stage(Exchange& exchange, const queue::Pipeline& pipeline);
  async::Task<Result<http::Response>> list(Exchange& exchange, const queue::Pipeline& pipeline);

  PipelineParts parts_;
};

// POST .../claim, POST .../documents/heartbeat, POST .../documents/stage
class PipelineLeases final : public RouteHandler {
 public:
  explicit PipelineLeases(PipelineParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> claim(Exchange& exchange, const queue::Pipeline& pipeline);
  async::Task<Result<http::Response>> heartbeat(Exchange& exchange,
                                                const queue::Pipeline& pipeline);
  async::Task<Result<http::Response>> move(Exchange& exchange, const queue::Pipeline& pipeline);

  PipelineParts parts_;
};

}  // namespace layer::gateway
