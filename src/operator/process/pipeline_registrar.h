// Pipeline resources as pipelines of the queue (section 6.5 of the contract): made if absent,
// paused and resumed as the resources say. Nothing is ever removed: documents are somebody's work.
// Thread safety: one loop, one call at a time.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "operator/process/registrar.h"
#include "queue/document_queue.h"

namespace layer::workers {

class PipelineRegistrar final : public Registrar {
 public:
  // The distance metric of a namespace, as its Index has it.
  using MetricOf = std::function<std::string(std::string_view ns)>;

  // `queue`: null where there is none. It outlives this.
  PipelineRegistrar(queue::DocumentQueue* queue, MetricOf metric_of)
      : queue_(queue), metric_of_(std::move(metric_of)) {}

  async::Task<Outcome> bring_in_line(std::shared_ptr<const resources::Catalog> catalog) override;

 private:
  using Spec = resources::PipelineSpec;
  async::Task<resources::Condition> enlist(const Spec& spec, bool paused);
  async::Task<Result<queue::Pipeline>> find_or_make(const Spec& spec);

  queue::DocumentQueue* queue_;
  MetricOf metric_of_;
  std::set<std::string> paused_;  // by a resource
};

}  // namespace layer::workers
