// Runs queries against a snapshot. No I/O but page faults of mapped files; CPU-bound: callers run
// it on a pool. Thread safety: free functions over immutable data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "async/crew.h"
#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/base/row.h"
#include "engine/segment/snapshot.h"
#include "wire/filter.h"
#include "wire/query.h"
#include "wire/response.h"

namespace layer::engine::query {

// All sub-queries on the one snapshot, fused when rerank_by asks for it; billing and performance
// filled (server_total_ms is the caller's). Sub-queries run at the same time as far as `crew` has
// idle helpers. Errors: as the store's wire words them, of the first sub-query that has one.
Result<wire::QueryResponse> execute(const Snapshot& snapshot, const wire::Query& query,
                                    async::Crew& crew);

// A readable plan: per segment and stage what would run and why, with estimated rows.
Result<std::string> explain(const Snapshot& snapshot, const wire::Query& query);

struct RecallRequest {
  std::uint32_t num = 25;
  std::uint32_t top_k = 10;
  std::optional<wire::Filter> filters;
  bool include_ground_truth = false;
  std::optional<wire::RankBy> rank_by;
};
Result<wire::RecallResponse> measure_recall(const Snapshot& snapshot, const RecallRequest& request);

// A filter checked against a schema: names exist, indexes are on, operands fit. Reusable over many
// segments and, for write conditions, over single rows.
class BoundFilter {
 public:
  // `conditions`: values may be $ref_new. Errors: 400 as the wire words them.
  static Result<BoundFilter> bind(const wire::Schema& schema, const wire::Filter& filter,
                                  bool conditions = false);

  // Live documents of one segment that match. Errors: kConflict while an index the filter needs is
  // not built in that segment, kCorrupt.
  Result<DocSet> evaluate(const SegmentView& view) const;
  // One row (not yet in a segment); `incoming` gives the values of $ref_new, null when deleting.
  bool matches(const Row& row, const Row* incoming) const;

  struct Node;
  const Node& root() const { return *root_; }

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace layer::engine::query
