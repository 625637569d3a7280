// The rows that a scan is about, in their store: what its pages and shards have in common. Thread
// safety: plain values, pure functions.
#pragma once

#include <string>

#include "async/cpu_pool.h"
#include "features/scans/known_columns.h"
#include "features/scans/scan_ask.h"
#include "features/scans/scan_place.h"

namespace layer::features::scans {

struct RowSet {
  documents::Origin origin;
  std::string filter;  // caller's, time range and cut together; empty: all rows
  documents::Level level = documents::Level::kStrong;
  std::uint32_t shards = 1;
  std::size_t width = 1;  // shards read at the same time
  std::size_t page_size = kPageSizeDefault;
  bool none = false;  // no row can match: none carries the time of its last write

  // Those of one shard.
  std::string filter_of(std::uint32_t shard) const;
};

// A namespace without stamps has no cut and was written before any time; one without shards is read
// as one.
RowSet row_set(const ScanPlace& place, const ScanAsk& ask, const freshness::ReadCut& cut,
               const KnownColumns& known = {});

// How a count came out; of partial ones, what was read before the deadline.
struct Counted {
  std::uint64_t count = 0;
  std::uint64_t scanned = 0;  // rows that were looked at, where rows were
  std::uint32_t shards_total = 0;
  std::uint32_t shards_saturated = 0;
  bool timed_out = false;
  bool approximate = false;
  bool bounded() const { return timed_out || shards_saturated > 0; }
};

// Whether an error means that the deadline passed.
bool ran_out_of_time(const Error& error);

}  // namespace layer::features::scans
