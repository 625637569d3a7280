// What is known of a scan beside its rows: which source answered, and how much that says. A job
// keeps it as its result. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::scans {

struct ScanResult {
  std::string source{};  // "snapshot", "cache", "origin"
  std::uint32_t threads = 0;
  std::optional<std::uint64_t> unique_values{};  // an estimate when truncated
  bool truncated = false;                        // values beyond those kept were dropped
  bool bounded = false;                          // there may be rows that were not reached
  bool timed_out = false;
  bool approximate = false;
  std::string snapshot_sha{};
  std::optional<std::int64_t> watermark_ms{};

  bool operator==(const ScanResult&) const = default;
};

std::string print_result(const ScanResult& result);
// What print_result() printed; of anything else, as much as is there.
ScanResult parse_result(std::string_view text);

}  // namespace layer::features::scans
