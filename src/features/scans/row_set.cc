#include "features/scans/row_set.h"

#include <utility>

#include "features/shards/shards.h"

namespace layer::features::scans {

std::string RowSet::filter_of(std::uint32_t shard) const {
  return freshness::all_of({filter, shards::shard_filter(shard, shards)});
}

RowSet row_set(const ScanPlace& place, const ScanAsk& ask, const freshness::ReadCut& cut) {
  const std::string rows = freshness::all_of(
      {ask.filter, ask.range.empty() ? std::string() : freshness::time_filter(ask.range)});
  return {.origin = place.origin,
          .filter = freshness::all_of(
              {rows, cut.cut_ms ? freshness::cut_filter(*cut.cut_ms) : std::string()}),
          .level = cut.upstream == freshness::ReadLevel::kStrong ? documents::Level::kStrong
                                                                 : documents::Level::kEventual,
          .shards = place.shards,
          .width = shards::fan_out_width(ask.threads, place.shards),
          .page_size = ask.page_size};
}

bool ran_out_of_time(const Error& error) {
  return error.code == ErrorCode::kGatewayTimeout || error.code == ErrorCode::kTimeout ||
         error.code == ErrorCode::kRateLimited;
}

}  // namespace layer::features::scans
