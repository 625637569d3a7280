// What a query body asks for, told from its keys: whether any feature of the gateway is in it (rule
// T10 of the contract) and what metrics want to know. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace layer::features::reserved {

// What makes a query more than a plain one, wherever it stands: in the body or in a member of
// `queries`.
enum class Trigger : std::uint8_t {
  kVector,
  kNearestToId,
  kAsOf,
  kWrittenBefore,
  kBetween,
  kCursor,
  kPageWindow,
  kIncludeLegBreakdown,
  kHybridText,  // rank_by[1]
  kAuto,        // rank_by[1]
  kStable,      // consistency.level
  kEmbed,       // ["Embed", ...] within rank_by; plain unless the gateway serves its profile
};

class Triggers {
 public:
  void add(Trigger trigger) { bits_ |= bit(trigger); }
  bool has(Trigger trigger) const { return (bits_ & bit(trigger)) != 0; }
  bool any() const { return bits_ != 0; }
  bool operator==(const Triggers&) const = default;

 private:
  static std::uint16_t bit(Trigger trigger) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(trigger));
  }
  std::uint16_t bits_ = 0;
};

// The body's own consistency.level.
enum class Level : std::uint8_t { kNone, kStrong, kEventual, kStable, kOther };

struct QueryShape {
  // The body is one JSON object; otherwise nothing else here counts and the store reports it.
  bool understood = false;
  Triggers triggers{};
  Level level = Level::kNone;
  bool has_filters = false;
  bool has_rank_by = false;
  bool has_queries = false;
  std::uint32_t queries = 0;  // how many there are
  // include_attributes: true or an exclude_attributes list: reserved names are to be hidden.
  bool projects = false;

  bool operator==(const QueryShape&) const = default;
};

// Cost: one pass at the lexer's speed, no allocation unless a key is written with escapes.
QueryShape scan_query(std::string_view body);

}  // namespace layer::features::reserved
