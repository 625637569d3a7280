// Queries and multi-queries of a namespace whose rows are spread over shards: each shard is read at
// the same time and the caller gets one answer of the store's shape (rules Z5 to Z9 and MQ3 of the
// contract), also at level stable and over a range of write times, from one decision for all.
// Thread safety: as RouteHandler. Cost: one call of the store a shard that the query touches.
#pragma once

#include <optional>
#include <string_view>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/freshness/stability.h"
#include "features/legs/query_legs.h"
#include "features/reserved/query_shape.h"
#include "gateway/exchange.h"
#include "gateway/namespace_settings.h"

namespace layer::gateway {

class ScatterQuery {
 public:
  // All of them outlive it.
  struct Parts {
    features::legs::LegReader& legs;
    features::freshness::StabilitySource& stability;
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit ScatterQuery(Parts parts) : parts_(parts) {}

  struct Asked {
    std::string_view body;  // one JSON object, decoded, with what is hidden
    features::freshness::ReadLevel level;
  };
  // nullopt: the query goes up in one piece. Errors: kValidation (the range), those of
  // LegReader::read.
  async::Task<Result<std::optional<http::Response>>> answer(Exchange& exchange,
                                                            const NamespaceSettings& settings,
                                                            Asked asked);

 private:
  async::Task<Result<features::legs::LegsOutcome>> read(Exchange& exchange,
                                                        const NamespaceSettings& settings,
                                                        const features::legs::QueryLegs& query,
                                                        features::legs::ReadRows rows);

  Parts parts_;
};

// Whether the route, the caller and the namespace's layout let a query be read shard by shard; its
// own form is looked at later.
bool may_scatter(const Exchange& exchange, const NamespaceSettings& settings,
                 const features::reserved::QueryShape& shape);

}  // namespace layer::gateway
