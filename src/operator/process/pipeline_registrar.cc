#include "operator/process/pipeline_registrar.h"

#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace layer::workers {
using resources::Condition;

async::Task<PipelineRegistrar::Outcome> PipelineRegistrar::bring_in_line(
    std::shared_ptr<const resources::Catalog> catalog) {
  const auto& objects = catalog->all<Spec>();
  // Several objects may share one queue: it works while one of them does.
  std::map<std::string, bool> paused;
  for (const auto& object : objects) {
    if (object.in_force) {
      auto& all = paused.try_emplace(object.spec->pipeline_id, true).first->second;
      all = all && object.spec->paused;
    }
  }
  Outcome outcome;
  for (const auto& object : objects) {
    if (object.in_force) {
      auto condition = co_await enlist(*object.spec, paused.at(object.spec->pipeline_id));
      outcome.done = outcome.done && condition.status != resources::ConditionStatus::kUnknown;
      outcome.told.push_back({object.status_key, std::move(condition)});
    }
  }
  // A resource that is gone pauses nobody.
  for (auto it = paused_.begin(); it != paused_.end();) {
    const bool resumed =
        !paused.contains(*it) && queue_ != nullptr && (co_await queue_->pause(*it, false));
    outcome.done = outcome.done && (resumed || paused.contains(*it));
    it = resumed ? paused_.erase(it) : std::next(it);
  }
  co_return outcome;
}

async::Task<Condition> PipelineRegistrar::enlist(const Spec& spec, bool paused) {
  if (queue_ == nullptr) {
    co_return not_registered("NoQueue",
                             "pipelines need a queue database (--database-url) and an object "
                             "store (--object-store), and one of them is off");
  }
  const auto pipeline = co_await find_or_make(spec);
  if (!pipeline) {
    co_return not_yet_registered(pipeline.error().message);
  }
  if (pipeline->target_namespace != spec.target_namespace) {
    co_return not_registered(
        "TargetMismatch",
        fmt::format("pipeline '{}' writes to namespace '{}': delete the pipeline, or give the "
                    "object another spec.pipelineId",
                    spec.pipeline_id, pipeline->target_namespace));
  }
  if (pipeline->paused != paused) {
    const auto changed = co_await queue_->pause(spec.pipeline_id, paused);
    if (!changed) {
      co_return not_yet_registered(changed.error().message);
    }
  }
  if (paused) {
    paused_.insert(spec.pipeline_id);
  } else {
    paused_.erase(spec.pipeline_id);
  }
  co_return registered();
}

async::Task<Result<queue::Pipeline>> PipelineRegistrar::find_or_make(const Spec& spec) {
  // Made by somebody else between the two: then it is found.
  for (int attempt = 0; attempt < 2; ++attempt) {
    LAYER_CO_ASSIGN(auto found, co_await queue_->find(spec.pipeline_id));
    if (found) {
      co_return std::move(*found);
    }
    LAYER_CO_ASSIGN(
        auto made, co_await queue_->create({.id = spec.pipeline_id,
                                            .target_namespace = spec.target_namespace,
                                            .distance_metric = metric_of_(spec.target_namespace)}));
    if (made) {
      co_return std::move(*made);
    }
  }
  co_return fail(ErrorCode::kConflict, "the pipeline is being made and removed");
}

}  // namespace layer::workers
