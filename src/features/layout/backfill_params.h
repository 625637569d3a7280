// What the backfill's job keeps: which layout it serves, and how far it came. Thread safety: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "wire/id.h"

namespace layer::features::layout {

struct BackfillParams {
  std::int64_t started_at_ms = 0;  // as in the layout
};
std::string print_backfill_params(const BackfillParams& params);
Result<BackfillParams> parse_backfill_params(std::string_view json);

// A place within a pass over the rows.
struct BackfillCursor {
  std::optional<wire::Id> after{};  // nullopt: at the beginning
  std::uint64_t found = 0;          // rows of this pass that had no shard, or the wrong one

  bool operator==(const BackfillCursor&) const = default;
};
std::string print_cursor(const BackfillCursor& cursor);
// The beginning where the text is empty or cannot be read: a pass more changes nothing.
BackfillCursor parse_cursor(std::string_view text);

}  // namespace layer::features::layout
