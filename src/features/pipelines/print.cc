#include "features/pipelines/print.h"

#include <algorithm>

#include "core/text.h"

namespace layer::features::pipelines {

void put_pipeline(json::Writer& out, const queue::Pipeline& pipeline) {
  out.begin_object()
      .member("id", pipeline.id)
      .member("target_namespace", pipeline.target_namespace)
      .member("distance_metric", pipeline.distance_metric)
      .member("created_at", pipeline.created_at_ms)
      .end_object();
}

std::string print_status(const Status& status) {
  const queue::DocumentCounts& counts = status.counts;
  json::Writer out;
  out.begin_object()
      .member("pipeline_id", status.pipeline.id)
      .member("status", status.pipeline.paused ? "paused" : "active")
      .key("counts")
      .begin_object();
  for (const queue::StageCount& stage : counts.stages) {
    out.member(stage.stage, stage.count);
  }
  out.end_object().key("failed_reasons").begin_object();
  for (const queue::FailedReason& failed : counts.failed) {
    out.member(failed.reason, failed.count);
  }
  out.end_object()
      .member("pending_count", counts.in(queue::kStagePending))
      .member("processing_count", counts.in(queue::kStageEmbedding))
      .member("leased_count", counts.leased())
      .member("failed_count", counts.in(queue::kStageFailed))
      .member("indexed_rate_per_min", status.indexed_per_minute)
      .member("rate_window_seconds", kRateWindow.count())
      .end_object();
  return std::move(out).take();
}

std::string print_claim(const queue::ClaimDocuments& claim,
                        const std::vector<queue::ClaimedDocument>& claimed) {
  json::Writer out;
  out.begin_object()
      .member("pipeline_id", claim.pipeline)
      .member("stage", claim.stage)
      .member("claim_stage", claim.claim_stage)
      .member("worker_id", claim.worker)
      .key("documents")
      .begin_array();
  for (const queue::ClaimedDocument& document : claimed) {
    out.value(document.id);
  }
  out.end_array().key("items").begin_array();
  for (const queue::ClaimedDocument& document : claimed) {
    out.begin_object()
        .member("id", document.id)
        .member("lease", print_lease(document.epoch))
        .member("attempt", document.attempts + 1)
        .end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

std::string print_outcomes(std::string_view pipeline, std::string_view stage,
                           const std::vector<queue::DocumentLease>& documents,
                           const queue::Outcomes& outcomes) {
  const auto updated =
      std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; });
  json::Writer out;
  out.begin_object()
      .member("pipeline_id", pipeline)
      .member("stage", stage)
      .member("updated", updated)
      .key("rejected")
      .begin_array();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]) {
      out.begin_object()
          .member("id", documents[i].id)
          .member("reason", name(outcomes[i]->reason))
          .member("disposition", name(outcomes[i]->disposition))
          .end_object();
    }
  }
  out.end_array().end_object();
  return std::move(out).take();
}

void put_document(json::Writer& out, const queue::Document& document) {
  out.begin_object()
      .member("id", document.id)
      .member("stage", document.stage)
      .member("attempts", document.attempts);
  if (!document.reason.empty()) {
    out.member("reason", document.reason);
  }
  if (document.until_ms > 0) {
    out.member("worker_id", document.worker).member("leased_until", document.until_ms);
  }
  out.member("updated_at", document.updated_at_ms).end_object();
}

}  // namespace layer::features::pipelines
