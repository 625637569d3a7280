// What changed between two snapshots (rule SN9 of the contract). Thread safety: plain values, pure
// functions. Cost: one pass over both, and sorting what changed.
#pragma once

#include <string>
#include <vector>

#include "features/snapshots/body.h"

namespace layer::features::snapshots {

inline constexpr std::size_t kDiffLimitDefault = 1000;
inline constexpr std::size_t kDiffLimitMax = 10'000;

struct FieldDiff {
  struct Change {
    std::string v;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t delta() const { return from < to ? to - from : from - to; }

    bool operator==(const Change&) const = default;
  };
  // Each by delta, largest first, then by v; at most `limit` of them.
  std::vector<Change> appeared{};
  std::vector<Change> vanished{};
  std::vector<Change> grown{};
  std::vector<Change> shrunk{};
  std::uint64_t unchanged = 0;
  bool truncated = false;  // a list would have been longer
};
FieldDiff diff(const FieldCounts& from, const FieldCounts& to, std::size_t limit);

// A body and how the caller sees it: the watermark through which it held.
struct Side {
  const Body& body;
  std::int64_t watermark_ms = 0;
};
// One field, which both hold.
std::string print_diff(const Side& from, const Side& to, std::string_view field, std::size_t limit);
// All fields that both hold, and the names of those that only one does.
std::string print_diff(const Side& from, const Side& to, std::size_t limit);

}  // namespace layer::features::snapshots
