// Members of a multi-query that say `vector`, `nearest_to_id` or Embed, as rankings of the store's
// wire (rules MQ1 and EM9 of the contract). Thread safety: any loop.
#pragma once

#include <string>
#include <string_view>

#include "features/search/ranking.h"

namespace layer::features::search {

// Precondition: `body` is one JSON object and stays as it is until the end. Each text is embedded
// once. Errors: those of Searcher::rewrite_queries.
async::Task<Result<TextOutcome>> rewrite_queries(Rankings& rankings, embed::Embedder& embedder,
                                                 std::string_view ns, const std::string& body);

}  // namespace layer::features::search
