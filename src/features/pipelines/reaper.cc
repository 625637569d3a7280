#include "features/pipelines/reaper.h"

#include <algorithm>

namespace layer::features::pipelines {
namespace {

constexpr core::MetricSpec kDepth{.name = "layer_pipeline_queue_depth",
                                  .kind = core::MetricKind::kGauge,
                                  .help = "documents of a pipeline that wait or are worked on",
                                  .labels = "pipeline_id"};
constexpr core::MetricSpec kStageCount{.name = "layer_pipeline_stage_count",
                                       .kind = core::MetricKind::kGauge,
                                       .help = "documents of a pipeline in a stage",
                                       .labels = "pipeline_id stage"};
constexpr core::MetricSpec kExpired{.name = "layer_leases_expired_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "leases that ran out",
                                    .labels = "queue reason"};

}  // namespace

Reaper::Reaper(Parts parts)
    : parts_(parts),
      turns_(parts_.loop, parts_.log, parts_.metrics,
             {.name = "pipeline_reaper",
              .fails = "leases of pipelines are not looked after until the database is back",
              .works = "leases of pipelines are looked after again",
              .every = kReapEvery,
              .first = kReapEvery},
             [this] { return turn(); }) {}

async::Task<Result<void>> Reaper::turn() {
  LAYER_CO_TRY(co_await reap());
  LAYER_CO_ASSIGN(const auto pipelines, co_await parts_.queue.pipelines());
  for (const queue::Pipeline& pipeline : pipelines) {
    LAYER_CO_TRY(co_await show(pipeline.id));
  }
  for (auto& [id, shown] : shown_) {
    const auto gone = std::ranges::find(pipelines, id, &queue::Pipeline::id) == pipelines.end();
    if (gone) {
      shown.depth->store(0);
      for (auto& [stage, count] : shown.stages) {
        count->store(0);
      }
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Reaper::reap() {
  for (;;) {
    LAYER_CO_ASSIGN(const queue::Reaped reaped, co_await parts_.queue.reap(kReapedAtOnce));
    parts_.metrics.sample(kExpired, {"pipelines", "returned"}).add(reaped.returned);
    parts_.metrics.sample(kExpired, {"pipelines", "failed"}).add(reaped.failed);
    if (reaped.returned + reaped.failed < kReapedAtOnce) {
      co_return Result<void>{};
    }
  }
}

async::Task<Result<void>> Reaper::show(const std::string& pipeline) {
  LAYER_CO_ASSIGN(const queue::DocumentCounts counts, co_await parts_.queue.counts(pipeline));
  auto found = shown_.find(pipeline);
  const auto gauge = [this](const core::MetricSpec& spec,
                            std::initializer_list<std::string_view> labels) {
    auto value = std::make_shared<std::atomic<std::uint64_t>>(0);
    parts_.metrics.gauge(spec, labels, [value] { return static_cast<double>(value->load()); });
    return value;
  };
  if (found == shown_.end()) {
    if (shown_.size() >= kGaugedPipelinesMax) {
      co_return Result<void>{};
    }
    found = shown_.emplace(pipeline, Shown{.depth = gauge(kDepth, {pipeline}), .stages = {}}).first;
  }
  Shown& shown = found->second;
  shown.depth->store(counts.depth());
  for (auto& [stage, count] : shown.stages) {
    count->store(counts.in(stage));
  }
  for (const queue::StageCount& stage : counts.stages) {
    if (!shown.stages.contains(stage.stage) && shown.stages.size() < kGaugedStagesMax) {
      const auto count = gauge(kStageCount, {pipeline, stage.stage});
      count->store(stage.count);
      shown.stages.emplace(stage.stage, count);
    }
  }
  co_return Result<void>{};
}

}  // namespace layer::features::pipelines
