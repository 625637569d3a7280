// What the store is asked for: one query or multi-query over the rows of one shard. Thread safety:
// pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "features/freshness/row_bounds.h"
#include "features/legs/legs.h"
#include "features/legs/rank_order.h"

namespace layer::features::legs {

// Which attributes rows come with.
struct Projection {
  std::string members{};           // JSON members, each with its comma before it
  std::vector<std::string> cut{};  // come for the gateway alone and are cut from the rows
};
// The caller's, with `needed` beside it.
Projection projection_of(const Leg& leg, const std::vector<std::string>& needed);

struct BodyParts {
  std::span<const Leg> legs;
  std::span<const Projection> projections;  // one a leg
  const freshness::RowBounds& bounds;
  std::string vector_encoding{};  // JSON, or empty
  std::string shard_filter{};     // JSON, or empty
};
// One leg is a query, more are a multi-query.
std::string body_of(const BodyParts& parts);

}  // namespace layer::features::legs
