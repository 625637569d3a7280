#include "features/scans/row_set.h"

#include <utility>

#include "features/shards/shards.h"

namespace layer::features::scans {

std::string RowSet::filter_of(std::uint32_t shard) const {
  return freshness::all_of({filter, shards::shard_filter(shard, shards)});
}

RowSet row_set(const ScanPlace& place, const ScanAsk& ask, const freshness::ReadCut& cut,
               const KnownColumns& known) {
  std::string filter = ask.filter;
  if (known.stamps && !ask.range.empty()) {
    filter = freshness::all_of({filter, freshness::time_filter(ask.range)});
  }
  if (known.stamps && cut.cut_ms) {
    filter = freshness::all_of({filter, freshness::cut_filter(*cut.cut_ms)});
  }
  const std::uint32_t shards = known.shards ? place.shards : 1;
  return {.origin = place.origin,
          .filter = std::move(filter),
          .level = cut.upstream == freshness::ReadLevel::kStrong ? documents::Level::kStrong
                                                                 : documents::Level::kEventual,
          .shards = shards,
          .width = shards::fan_out_width(ask.threads, shards),
          .page_size = ask.page_size,
          .none = !known.stamps && ask.range.after_ms.has_value()};
}

bool ran_out_of_time(const Error& error) {
  return error.code == ErrorCode::kGatewayTimeout || error.code == ErrorCode::kTimeout ||
         error.code == ErrorCode::kRateLimited;
}

}  // namespace layer::features::scans
