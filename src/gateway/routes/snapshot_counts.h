// What scans ask of snapshots, answered by them. Thread safety: any loop. What it is made from
// outlives it.
#pragma once

#include "features/scans/snapshot_counts.h"
#include "features/snapshots/snapshot_answers.h"

namespace layer::gateway {

class SnapshotCounts final : public features::scans::SnapshotCounts {
 public:
  explicit SnapshotCounts(features::snapshots::SnapshotAnswers answers) : answers_(answers) {}

  async::Task<Result<std::optional<features::scans::SnapshotAnswer>>> look(
      features::scans::SnapshotQuestion question) override;

 private:
  features::snapshots::SnapshotAnswers answers_;
};

}  // namespace layer::gateway
