// Reciprocal rank fusion of the rows of several sub-queries.
// Source: Cormack, Clarke, Buettcher 2009. Thread safety: a free function.
#pragma once

#include <cstddef>
#include <vector>

#include "wire/query.h"
#include "wire/response.h"

namespace layer::engine::query {

// Score of an id: the sum over the sub-queries that returned it of weight / (rank_constant + rank),
// ranks from 1, in f32. Descending, ties by id. A row has the fields that any sub-query gave it;
// of the same name the first stands. Cost: linear in the rows.
wire::Rows fuse(std::vector<wire::Rows> ranked, const wire::Rrf& rrf, std::size_t offset,
                std::size_t limit);

}  // namespace layer::engine::query
