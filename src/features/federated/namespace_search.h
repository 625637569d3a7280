// Who answers a query of one namespace. Thread safety: any loop, concurrently; a search stays on
// its loop.
#pragma once

#include "features/search/searcher.h"

namespace layer::features::federated {

class NamespaceSearch {
 public:
  virtual ~NamespaceSearch() = default;
  // Errors: kValidation and its like, for what is wrong with the query whatever the namespace;
  // others, for what this namespace cannot do now.
  virtual async::Task<Result<search::SearchOutcome>> search(search::SearchPlace place,
                                                            search::SearchAsk ask,
                                                            async::TimePoint deadline) = 0;
};

}  // namespace layer::features::federated
