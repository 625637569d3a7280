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

}  // namespace layer::features::scans
