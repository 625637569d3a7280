#include "gateway/routes/snapshot_counts.h"

#include <utility>

namespace layer::gateway {

async::Task<Result<std::optional<features::scans::SnapshotAnswer>>> SnapshotCounts::look(
    features::scans::SnapshotQuestion question) {
  LAYER_CO_ASSIGN(auto found, co_await answers_.look({.ns = std::move(question.ns),
                                                      .filter = std::move(question.filter),
                                                      .field = std::move(question.field),
                                                      .asked_for = question.asked_for}));
  if (!found) {
    co_return std::nullopt;
  }
  co_return features::scans::SnapshotAnswer{.count = found->count,
                                            .values = std::move(found->values),
                                            .sha = std::move(found->sha),
                                            .watermark_ms = found->watermark_ms};
}

}  // namespace layer::gateway
