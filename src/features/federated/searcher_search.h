// Queries of one namespace as its own query route answers them. Thread safety and cost: as
// search::Searcher.
#pragma once

#include <utility>

#include "features/federated/namespace_search.h"

namespace layer::features::federated {

class SearcherSearch final : public NamespaceSearch {
 public:
  // The searcher outlives the search.
  explicit SearcherSearch(search::Searcher& searcher) : searcher_(searcher) {}

  // Errors: those of Searcher::search.
  async::Task<Result<search::SearchOutcome>> search(search::SearchPlace place,
                                                    search::SearchAsk ask,
                                                    async::TimePoint deadline) override {
    return searcher_.search(std::move(place), std::move(ask), deadline);
  }

 private:
  search::Searcher& searcher_;
};

}  // namespace layer::features::federated
