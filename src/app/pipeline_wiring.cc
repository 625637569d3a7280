#include "app/pipeline_wiring.h"

namespace layer::app {

std::unique_ptr<PipelineWiring> PipelineWiring::make(GatewayJobs& jobs,
                                                     objects::ObjectStore* objects,
                                                     Machine& machine) {
  if (jobs.queue() == nullptr || objects == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<PipelineWiring>(
      new PipelineWiring(jobs.queue()->documents(), *objects, machine));
}

PipelineWiring::PipelineWiring(queue::DocumentQueue& queue, objects::ObjectStore& objects,
                               Machine& machine)
    : chunks_({.objects = objects, .pool = machine.codec_pool, .clock = machine.clock}),
      pipelines_({.queue = queue, .chunks = chunks_, .clock = machine.clock}),
      reaper_({.queue = queue,
               .metrics = machine.metrics,
               .log = machine.log,
               .loop = machine.loops.at(0)}) {}

}  // namespace layer::app
