// How many rows a filter leaves, counted by the store in one query. Thread safety: any loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/pages/store_query.h"

namespace layer::features::pages {

// `filter`: JSON text, or empty for all rows.
std::string count_body(std::string_view filter, documents::Level level);
// Errors: kUpstream (not an answer to count_body()).
Result<std::uint64_t> read_count(std::string body);
// Errors: those of query_store(), refusal_of() and read_count().
async::Task<Result<std::uint64_t>> count_rows(const documents::Origin& origin, std::string filter,
                                              documents::Level level, async::TimePoint deadline);
// {"level":"strong"}: the value of a query's member "consistency".
std::string_view consistency_json(documents::Level level);

}  // namespace layer::features::pages
