// What snapshots of a namespace can answer without its rows (rule SC1 of the contract). Thread
// safety: implementations answer from any loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "features/scans/scan_ask.h"
#include "features/scans/scan_place.h"

namespace layer::features::scans {

struct SnapshotQuestion {
  std::string ns;  // logical name
  std::uint64_t incarnation = 0;
  std::string filter{};    // JSON text; empty: all rows
  std::string field{};     // of values; empty: a count
  bool asked_for = false;  // by name: an older snapshot will do
};

struct SnapshotAnswer {
  std::uint64_t count = 0;  // of a count
  std::vector<std::pair<std::string, std::uint64_t>>
      values{};  // of values: as ValueTally gives them
  std::string sha{};
  std::optional<std::int64_t> watermark_ms{};
};

class SnapshotCounts {
 public:
  virtual ~SnapshotCounts() = default;
  // nullopt: no snapshot answers this question. Errors: those of the object store.
  virtual async::Task<Result<std::optional<SnapshotAnswer>>> look(SnapshotQuestion question) = 0;
};

// Asks `snapshots` (null: there are none) where a snapshot may answer at all: not for rows of a
// time range or of a ranking, nor for a caller who wants a strong read. Of values only all of them.
// Errors: kUpstream (the object store, and a snapshot was asked for by name).
async::Task<Result<std::optional<SnapshotAnswer>>> look_at_snapshots(SnapshotCounts* snapshots,
                                                                     const ScanPlace& place,
                                                                     const ScanAsk& ask);

}  // namespace layer::features::scans
