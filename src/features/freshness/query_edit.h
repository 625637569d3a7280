// A query body with what a stable or temporal read adds to it, by editing bytes: what the caller
// wrote stays as it was written. Of a multi-query every member gets the same. Thread safety: pure
// functions. Cost: two passes and a copy or two.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/freshness/read_cut.h"

namespace layer::features::freshness {

// The time range that the fields as_of, written_before and between of the body name. Errors:
// kValidation: those of parse_time_range(), or one of the fields inside a member of `queries`.
Result<TimeRange> time_range_of(std::string_view body);

struct QueryEdit {
  TimeRange range{};
  std::optional<std::int64_t> cut_ms{};
  std::optional<ReadLevel> level{};  // replaces the caller's; strong or eventual
  // The namespace has no stamps, so every row counts as never stamped: what compares stamps is left
  // out, and a range with a lower end matches nothing.
  bool without_stamps = false;

  // The filters it adds, as JSON text; empty: none.
  std::string time_text() const;
  std::string cut_text() const;
  // Whether the edited query compares stamps.
  bool compares_stamps() const { return !without_stamps && (!range.empty() || cut_ms); }
};

// The fields of time_range_of() taken out, filters joined (rule Y10 of the contract), the level
// set. Precondition: `body` is one JSON object.
std::string edit_query(std::string_view body, const QueryEdit& edit);

}  // namespace layer::features::freshness
