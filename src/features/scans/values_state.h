// How far a count of values came, as text that is kept beside its results: where the work goes on,
// and which lists hold what was counted before. Thread safety: plain values, pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/pages/shard_cursor.h"
#include "features/scans/scan_result.h"
#include "features/scans/value_tally.h"

namespace layer::features::scans {

struct ValuesState {
  enum class Phase : std::uint8_t {
    kGroups,   // the store groups; `after` is the last value
    kPages,    // rows are read; `shards` is where
    kCounted,  // all is in the lists
    kRanked,   // the lists are in the order of results, and copied to them
    kDone,     // the results are whole
  };
  Phase phase = Phase::kGroups;
  std::string after{};  // JSON text; empty: none
  std::optional<pages::ShardCursors> shards{};
  std::vector<std::string> lists{};
  std::uint64_t scanned = 0;
  // Of what was dropped; empty: nothing was.
  std::optional<DistinctEstimate> dropped{};
  ScanResult result{};
};

std::string print_state(const ValuesState& state);
// nullopt: empty, or not of this version: the work begins anew.
std::optional<ValuesState> parse_state(std::string_view text);

}  // namespace layer::features::scans
