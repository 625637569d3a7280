#include "engine/query/sub_query.h"

#include <algorithm>

#include "core/limits.h"
#include "engine/query/errors.h"
#include "wire/schema_merge.h"

namespace layer::engine::query {
namespace {

std::size_t bounded(std::int64_t count) {
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(count, 0, core::limits::result_rows_max));
}

}  // namespace

Result<SubQuery> SubQuery::bind(const Snapshot& snapshot, const wire::SubQuery& query) {
  const wire::Schema& schema = *snapshot.schema;
  LAYER_TRY(wire::check_metric(schema, query.distance_metric));
  std::optional<BoundFilter> filter;
  if (query.filters) {
    LAYER_ASSIGN(filter, BoundFilter::bind(schema, *query.filters));
  }
  SubQuery bound(snapshot, std::move(filter));
  if (!query.aggregate_by.empty()) {
    LAYER_ASSIGN(bound.aggregation_, Aggregation::bind(schema, query));
    return bound;
  }
  if (!query.limit) {
    return refuse("rank_by queries must specify top_k or limit");
  }
  bound.limit_ = bounded(query.limit->total);
  bound.offset_ = bounded(query.offset.value_or(0));
  LAYER_ASSIGN(bound.ranking_, bind_ranking({.schema = schema,
                                             .has_filters = query.filters.has_value(),
                                             .per = query.limit->per},
                                            query.rank_by));
  LAYER_ASSIGN(bound.projector_, Projector::bind(schema, query));
  return bound;
}

Result<wire::QueryResult> SubQuery::run() {
  if (aggregation_) {
    return aggregation_->run(context_);
  }
  LAYER_ASSIGN(std::vector<Hit> hits, ranking_->rank(context_, offset_ + limit_));
  const std::size_t skipped = std::min(offset_, hits.size());
  LAYER_ASSIGN(wire::Rows rows,
               projector_->read(context_.snapshot(), std::span(hits).subspan(skipped),
                                ranking_->has_dist()));
  return rows;
}

}  // namespace layer::engine::query
