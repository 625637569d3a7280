// Pages of rows in the order of their attributes (rule K4 of the contract): which rows lie behind
// the last one. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/legs/rank_order.h"
#include "features/search/cursor.h"

namespace layer::features::search {

// The caller's clauses up to the first over ids, which leaves nothing to decide; one is added where
// there is none.
std::vector<legs::OrderClause> paged_order(const legs::RankOrder& order);
std::string print_order(const std::vector<legs::OrderClause>& clauses);  // rank_by, JSON

// Rows behind `last` as a filter. Precondition: a value for each clause but the last, which is over
// ids.
std::string filter_after(const std::vector<legs::OrderClause>& clauses, const KeyPosition& last);

// Where a row stands: a member that is missing is null.
KeyPosition position_of(const std::vector<legs::OrderClause>& clauses, std::string_view row);

}  // namespace layer::features::search
