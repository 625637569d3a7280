#include "features/scans/snapshot_counts.h"

#include <utility>

namespace layer::features::scans {

async::Task<Result<std::optional<SnapshotAnswer>>> look_at_snapshots(SnapshotCounts* snapshots,
                                                                     const ScanPlace& place,
                                                                     const ScanAsk& ask) {
  const bool asked_for = ask.source == Source::kSnapshot;
  if (snapshots == nullptr || (!asked_for && ask.source != Source::kAuto) ||
      ask.selector != Selector::kFilter || !ask.range.empty() ||
      ask.level == freshness::ReadLevel::kStrong || (!ask.field.empty() && !ask.filter.empty())) {
    co_return std::nullopt;
  }
  auto found = co_await snapshots->look({.ns = place.cached.ns,
                                         .incarnation = place.cached.incarnation,
                                         .filter = ask.filter,
                                         .field = ask.field,
                                         .asked_for = asked_for});
  if (!found && asked_for) {
    co_return fail(ErrorCode::kUpstream, found.error().message);
  }
  if (!found || !*found) {
    co_return std::nullopt;
  }
  co_return std::move(**found);
}

}  // namespace layer::features::scans
