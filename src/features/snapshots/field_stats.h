// What a snapshot tells of a namespace's fields at a glance: how many values, the smallest and the
// largest, the most frequent (rule M3 of the contract). Thread safety: pure functions. Cost: linear
// in the values.
#pragma once

#include <string>
#include <vector>

#include "features/snapshots/body.h"

namespace layer::features::snapshots {

inline constexpr std::size_t kFieldStatsTopDefault = 10;

struct FieldStatsAsked {
  std::int64_t watermark_ms = 0;  // through which the body is known to hold
  std::size_t top = kFieldStatsTopDefault;
  std::vector<std::string> attributes{};  // that the namespace has
};
// The member `field_stats` of a metadata answer.
std::string print_field_stats(const Body& body, const FieldStatsAsked& asked);

}  // namespace layer::features::snapshots
