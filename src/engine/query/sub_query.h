// One sub-query, bound to the schema of a snapshot: first everything is checked, then it runs.
// Thread safety: belongs to one thread.
#pragma once

#include <memory>
#include <optional>

#include "core/error.h"
#include "engine/query/aggregate.h"
#include "engine/query/project.h"
#include "engine/query/query_context.h"
#include "engine/query/rank.h"
#include "wire/query.h"
#include "wire/response.h"

namespace layer::engine::query {

class SubQuery {
 public:
  // Errors: 400 as the wire words them. `snapshot` must outlive the sub-query.
  static Result<SubQuery> bind(const Snapshot& snapshot, const wire::SubQuery& query);

  // Errors: 400 when a sum overflows, kConflict while an index is built, kCorrupt.
  Result<wire::QueryResult> run();

  bool aggregates() const { return aggregation_.has_value(); }
  const Ranking& ranking() const { return *ranking_; }
  const std::optional<BoundFilter>& filter() const { return filter_; }
  QueryContext& context() { return context_; }
  std::size_t offset() const { return offset_; }
  std::size_t limit() const { return limit_; }

 private:
  explicit SubQuery(const Snapshot& snapshot, std::optional<BoundFilter> filter)
      : filter_(filter), context_(snapshot, std::move(filter)) {}

  std::optional<BoundFilter> filter_;
  QueryContext context_;
  std::unique_ptr<Ranking> ranking_;    // unless it aggregates
  std::optional<Projector> projector_;  // likewise
  std::optional<Aggregation> aggregation_;
  std::size_t offset_ = 0;
  std::size_t limit_ = 0;
};

}  // namespace layer::engine::query
