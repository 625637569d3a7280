// A query of the store's wire as legs, where it can be read shard by shard with the same meaning
// (rules Z6 and MQ3 of the contract). Thread safety: pure functions. Cost: one pass over the body
// and a copy of its parts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/legs/legs.h"

namespace layer::features::legs {

// Reciprocal rank fusion of all legs into one list.
struct Fusion {
  double rank_constant = 60;
  std::vector<double> weights{};  // one a leg, or none: all 1
  std::size_t offset = 0;
  std::size_t limit = 0;
};

struct QueryLegs {
  std::vector<Leg> legs;
  bool multi = false;              // written as {"queries":[...]}
  std::optional<Fusion> fusion{};  // of a multi-query with rerank_by
  std::string vector_encoding{};   // JSON, or empty
};

// Precondition: `body` is one JSON object. The fields of a time range and a level are left to who
// asks. nullopt: the query goes up in one piece: it aggregates, groups, computes, limits by group,
// has an offset or no ranking, or something else of it is not known, or the store would refuse it
// as it is.
std::optional<QueryLegs> query_legs(std::string_view body);

}  // namespace layer::features::legs
