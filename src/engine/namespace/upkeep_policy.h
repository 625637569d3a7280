// When recent writes are flushed and which segments are merged. Pure decisions over a snapshot.
// Thread safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/segment/snapshot.h"

namespace layer::engine::ns {

struct UpkeepLimits {
  std::uint64_t memory_bytes_max = 64ULL << 20;  // then a flush
  std::uint64_t memory_rows_max = 100'000;       // then a flush
  std::uint64_t log_bytes_max = 256ULL
                                << 20;  // then a flush, also when the rows replace each other
  // Segments in memory: below `small` they are merged by the writer, which keeps few of them;
  // larger ones in the background, by size.
  std::uint64_t small_bytes = 64ULL << 10;
  std::size_t small_count_max = 8;
  std::size_t memory_count_max = 64;  // beyond, the writer merges larger ones too
  std::size_t tier_width = 4;         // this many of about one size become one
  // Segment files.
  std::uint64_t file_tier_bytes = 16ULL << 20;  // smallest tier
  std::uint64_t output_bytes_max = 4ULL << 30;
  std::uint64_t output_rows_max = 16'000'000;
  double deleted_share_max = 0.3;  // a file with more is rewritten
};

// Segments some merge is reading now; they are left alone.
using Busy = std::vector<const segment::Segment*>;

bool flush_due(const Snapshot& snapshot, std::uint64_t log_bytes, const UpkeepLimits& limits);

// Segments in memory the writer should merge before it publishes; empty: none.
std::vector<SegmentView> pick_small(const Snapshot& snapshot, const Busy& busy,
                                    const UpkeepLimits& limits);
// Segments in memory to merge in the background.
std::vector<SegmentView> pick_memory(const Snapshot& snapshot, const Busy& busy,
                                     const UpkeepLimits& limits);
// Files to merge, or one file to rewrite because of its deletions or because it lacks an index.
std::vector<SegmentView> pick_files(const Snapshot& snapshot, const Busy& busy,
                                    const UpkeepLimits& limits);

}  // namespace layer::engine::ns
