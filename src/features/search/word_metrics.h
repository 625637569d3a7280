// Counts of queries that rank by words. Thread safety: as core::Metrics.
#pragma once

#include <string_view>

#include "core/metrics.h"
#include "features/hybrid/hybrid.h"
#include "features/search/word_query.h"

namespace layer::features::search {

struct CountedPlace {
  std::string_view ns;
  std::string_view store_kind;
};

void count_hybrid(core::Metrics& metrics, CountedPlace place,
                  const Result<hybrid::HybridOutcome>& outcome);
void count_routing(core::Metrics& metrics, CountedPlace place, const Routing& routing);

}  // namespace layer::features::search
