#include "engine/namespace/upkeep_policy.h"

#include <algorithm>
#include <map>

#include "engine/namespace/snapshot_edit.h"

namespace layer::engine::ns {
namespace {

// What a segment costs to merge: small rows are not free.
std::uint64_t weight(const SegmentView& view) {
  constexpr std::uint64_t kRowBytes = 100;
  return view.segment->logical_bytes() + kRowBytes * view.segment->size();
}

std::vector<SegmentView> idle(const Snapshot& snapshot, const Busy& busy, bool persisted) {
  std::vector<SegmentView> views;
  for (const SegmentView& view : snapshot.segments) {
    if (view.persisted == persisted && std::ranges::find(busy, view.segment.get()) == busy.end()) {
      views.push_back(view);
    }
  }
  return views;
}

int tier_of(std::uint64_t size, std::uint64_t smallest, std::size_t width) {
  int tier = 0;
  for (std::uint64_t bound = smallest; size >= bound && tier < 30; bound *= width) {
    ++tier;
  }
  return tier;
}

// The lowest tier that is full.
template <class Size>
std::vector<SegmentView> full_tier(const std::vector<SegmentView>& views, std::uint64_t smallest,
                                   std::size_t width, Size&& size) {
  std::map<int, std::vector<SegmentView>> tiers;
  for (const SegmentView& view : views) {
    tiers[tier_of(size(view), smallest, width)].push_back(view);
  }
  for (auto& [tier, members] : tiers) {
    if (members.size() >= width) {
      return std::move(members);
    }
  }
  return {};
}

bool wants_rewrite(const SegmentView& view, const wire::Schema& schema,
                   const UpkeepLimits& limits) {
  const bool worn = view.deleted->count() > limits.deleted_share_max * view.segment->size();
  return worn || is_stale(*view.segment, schema);
}

}  // namespace

bool flush_due(const Snapshot& snapshot, std::uint64_t log_bytes, const UpkeepLimits& limits) {
  return log_bytes >= limits.log_bytes_max || memory_bytes(snapshot) >= limits.memory_bytes_max ||
         memory_documents(snapshot) >= limits.memory_rows_max;
}

std::vector<SegmentView> pick_small(const Snapshot& snapshot, const Busy& busy,
                                    const UpkeepLimits& limits) {
  std::vector<SegmentView> views = idle(snapshot, busy, false);
  if (views.size() > limits.memory_count_max) {
    return full_tier(views, limits.small_bytes, limits.tier_width, weight);
  }
  std::erase_if(views, [&](const SegmentView& view) { return weight(view) >= limits.small_bytes; });
  if (views.size() <= limits.small_count_max) {
    views.clear();
  }
  return views;
}

std::vector<SegmentView> pick_memory(const Snapshot& snapshot, const Busy& busy,
                                     const UpkeepLimits& limits) {
  std::vector<SegmentView> views = idle(snapshot, busy, false);
  std::erase_if(views, [&](const SegmentView& view) { return weight(view) < limits.small_bytes; });
  return full_tier(views, limits.small_bytes * limits.tier_width, limits.tier_width, weight);
}

std::vector<SegmentView> pick_files(const Snapshot& snapshot, const Busy& busy,
                                    const UpkeepLimits& limits) {
  std::vector<SegmentView> views = idle(snapshot, busy, true);
  for (const SegmentView& view : views) {
    if (wants_rewrite(view, *snapshot.schema, limits)) {
      return {view};
    }
  }
  // What would fill an output alone gains nothing by being merged.
  std::erase_if(views, [&](const SegmentView& view) {
    return live_bytes(view) * 2 > limits.output_bytes_max ||
           std::uint64_t{view.live()} * 2 > limits.output_rows_max;
  });
  std::vector<SegmentView> picked =
      full_tier(views, limits.file_tier_bytes, limits.tier_width,
                [](const SegmentView& view) { return view.segment->file_bytes(); });
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::size_t kept = 0;
  for (; kept < picked.size(); ++kept) {
    bytes += live_bytes(picked[kept]);
    rows += picked[kept].live();
    if (kept >= 2 && (bytes > limits.output_bytes_max || rows > limits.output_rows_max)) {
      break;
    }
  }
  picked.resize(kept);
  return picked;
}

}  // namespace layer::engine::ns
