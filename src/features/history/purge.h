// Taking records out again: what was asked for, and how many went. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace layer::features::history {

// Records for which one of these holds are removed; a caller names exactly one.
struct PurgeAsk {
  std::string client_id{};
  std::string user_id{};
  std::int64_t before_ns = std::numeric_limits<std::int64_t>::min();  // older ones; min: not asked
};

struct PurgeCount {
  std::uint64_t queries = 0;
  std::uint64_t clicks = 0;
  std::uint64_t segments = 0;  // that were rewritten or removed
};

}  // namespace layer::features::history
