#include "features/search/searcher.h"

#include "features/namespaces/slices.h"
#include "features/search/query_rewrite.h"
#include "features/search/search_run.h"

namespace layer::features::search {

async::Task<Result<SearchOutcome>> Searcher::search(SearchPlace place, SearchAsk ask,
                                                    async::TimePoint deadline) {
  co_await learn_profiles(ask.body, place.read.ns);
  SearchRun run(parts_, schemas_, place, ask, deadline);
  co_return co_await run.search();
}

async::Task<Result<TextOutcome>> Searcher::explain(SearchPlace place, SearchAsk ask,
                                                   async::TimePoint deadline) {
  co_await learn_profiles(ask.body, place.read.ns);
  SearchRun run(parts_, schemas_, place, ask, deadline);
  co_return co_await run.explain();
}

async::Task<Result<TextOutcome>> Searcher::rewrite_queries(SearchPlace place, std::string body,
                                                           async::TimePoint deadline) {
  co_await learn_profiles(body, place.read.ns);
  Rankings rankings({parts_.embedder, schemas_}, place, deadline);
  co_return co_await search::rewrite_queries(rankings, parts_.embedder, place.read.ns, body);
}

async::Task<bool> Searcher::embeds(std::string_view body, std::string ns) {
  co_await learn_profiles(body, ns);
  co_return is_served(namespaces::raw_member(body, "rank_by"), ns, parts_.embedder);
}

// Which texts of a namespace are embedded here is looked up only for bodies that may hold one.
async::Task<> Searcher::learn_profiles(std::string_view body, const std::string& ns) {
  if (body.contains("Embed")) {
    co_await parts_.embedder.prepare(ns);
  }
}

}  // namespace layer::features::search
