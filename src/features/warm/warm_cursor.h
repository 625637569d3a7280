// Where a warm stands: enough to go on in another process, and to notice that what was filled
// before is void. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/document_cache.h"
#include "wire/id.h"

namespace layer::features::warm {

struct WarmCursor {
  cache::WarmTicket ticket{};         // from before the first read
  std::int64_t begun_ms = 0;          // every write acknowledged before it is in what was read
  std::optional<wire::Id> last_id{};  // rows up to this one are done; nullopt: none is
  bool all_read = false;              // no row is left to read
};

std::string print_cursor(const WarmCursor& cursor);
// nullopt: empty, or not of this version; the warm begins anew.
std::optional<WarmCursor> parse_cursor(std::string_view text);

// What was filled under `before` is served and counts under `now`.
bool still_holds(const cache::WarmTicket& before, const cache::WarmTicket& now);

}  // namespace layer::features::warm
