// An answer of the store's to a query or a multi-query, cut into its lists of rows as bytes (rule
// N2 of the contract). Thread safety: pure functions. Cost: one pass over the text and a copy of
// its rows; beyond a megabyte call it on a pool.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/legs/rank_order.h"

namespace layer::features::legs {

// How the rows of one list are read.
struct ListShape {
  const RankOrder* order = nullptr;  // null: the order of the store is kept, so no keys are read
  std::vector<std::string> cut{};    // members that were asked for only to compare rows
};

struct AnswerLists {
  std::vector<std::vector<RankedRow>> lists;
  std::string billing;  // JSON objects; empty: there is none
  std::string performance;
};

// `multi`: the answer has `results`, one for each shape; otherwise `rows`. `ids`: how strings among
// the ids are to be read; a UUID whose kind is not known stands as text, which has the same order.
// Errors: kUpstream, an answer that is not of this shape.
Result<AnswerLists> read_lists(std::string_view answer, std::span<const ListShape> shapes,
                               bool multi, std::optional<wire::IdType> ids);

}  // namespace layer::features::legs
