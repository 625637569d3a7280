// Queries that rank by words: HybridText, and Auto, which may take their meaning instead (rules HT1
// and AU1 to AU4 of the contract). Thread safety: plain values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "features/hybrid/expression.h"
#include "features/search/cursor.h"

namespace layer::features::search {

enum class WordRanking : std::uint8_t { kNone, kHybridText, kAuto };
WordRanking word_ranking_of(std::string_view rank_by);

// What an answer to Auto says of its choice.
struct Routing {
  hybrid::Route route = hybrid::Route::kHybridText;
  bool forced = false;
  std::size_t tokens = 0;
  bool executed = true;  // false: the route needs a vector and the caller gave none
};
std::string print_routing(const Routing& routing);  // JSON

// As a cursor keeps it, so that pages keep the route of the first.
std::uint8_t route_code(hybrid::Route route);
// Errors: kInvalidCursor: the cursor is not one of Auto.
Result<hybrid::Route> route_of(const Cursor& cursor);

}  // namespace layer::features::search
