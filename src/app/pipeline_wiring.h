// Pipelines of a gateway, wired: chunks, service, what goes on behind them. Thread safety: the
// parts as their headers say; start() and stop() from the owner's thread.
#pragma once

#include <memory>

#include "app/gateway_jobs.h"
#include "app/machine.h"
#include "features/pipelines/pipelines.h"
#include "features/pipelines/reaper.h"
#include "objects/object_store.h"

namespace layer::app {

class PipelineWiring {
 public:
  // Null where there is no queue database or no object store. The arguments outlive the wiring.
  static std::unique_ptr<PipelineWiring> make(GatewayJobs& jobs, objects::ObjectStore* objects,
                                              Machine& machine);

  features::pipelines::Pipelines& pipelines() { return pipelines_; }
  void start() { reaper_.start(); }
  void stop() { reaper_.stop(); }

 private:
  PipelineWiring(queue::DocumentQueue& queue, objects::ObjectStore& objects, Machine& machine);

  features::pipelines::ChunkStore chunks_;
  features::pipelines::Pipelines pipelines_;
  features::pipelines::Reaper reaper_;
};

}  // namespace layer::app
