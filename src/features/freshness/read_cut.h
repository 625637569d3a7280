// At which level a read is sent to the store, and what it leaves out so that it sees an indexed
// state only (rules Y6, Y7, Y10 and Y14 of the contract). Decided once a request: all its legs,
// pages and shards share it. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/freshness/read_after.h"
#include "features/freshness/stability.h"

namespace layer::features::freshness {

struct ReadCut {
  ReadLevel upstream = ReadLevel::kStrong;  // strong or eventual; stable is never sent
  bool stable = false;                      // was asked for, by the caller or the Index
  std::optional<std::int64_t> cut_ms{};     // rows written later are left out
  std::optional<std::int64_t> watermark_ms{};
  bool watermark_unknown = false;  // a warning: a strong read stands in for a stable one
};
ReadCut decide_read(ReadLevel level, const Stability& stability);

// Rule Y14: rows by the time of their last write. lo is exclusive, hi inclusive, epoch ms.
struct TimeRange {
  std::optional<std::int64_t> after_ms{};  // of `between`
  std::optional<std::int64_t> until_ms{};  // of `written_before`, `as_of`, `between`
  bool empty() const { return !after_ms && !until_ms; }
};
// Errors: kValidation, naming the field: more than one of them, lo >= hi, no time. `members`: the
// values of as_of, written_before and between as JSON text, empty where absent. Times are epoch ms
// or RFC 3339.
Result<TimeRange> parse_time_range(std::string_view as_of, std::string_view written_before,
                                   std::string_view between);

// Filters as JSON text; an empty text is no filter.
std::string cut_filter(std::int64_t until_ms);  // ["_hevlayer_upserted_at","Lte",until_ms]
std::string time_filter(const TimeRange& range);
// ["And",[...]] of those that are not empty; the only one as it is.
std::string all_of(const std::vector<std::string>& filters);

}  // namespace layer::features::freshness
