#include "engine/query/execute.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "core/limits.h"
#include "engine/query/errors.h"
#include "engine/query/fuse.h"
#include "engine/query/sub_query.h"
#include "wire/print.h"

namespace layer::engine::query {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t ms_rounded_up(Clock::duration elapsed) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(1, (us + 999) / 1000));
}

// Documents that were looked at one by one because no index covers them yet, before filtering.
std::uint64_t unindexed_documents(const Snapshot& snapshot) {
  std::uint64_t total = 0;
  for (const SegmentView& view : snapshot.segments) {
    total += view.persisted ? 0 : view.live();
  }
  return total;
}

std::uint64_t queried_bytes(const Snapshot& snapshot) {
  std::uint64_t total = 0;
  for (const SegmentView& view : snapshot.segments) {
    total += view.segment->logical_bytes();
  }
  return std::max(total, wire::QueryBilling{}.billable_logical_bytes_queried);
}

Result<wire::Rows> fuse_results(const wire::Query& query, std::vector<wire::QueryResult> results) {
  std::vector<wire::Rows> ranked;
  for (wire::QueryResult& result : results) {
    auto* rows = std::get_if<wire::Rows>(&result);
    if (rows == nullptr) {
      return refuse("rerank_by cannot be combined with aggregation queries");
    }
    ranked.push_back(std::move(*rows));
  }
  const std::size_t most = core::limits::result_rows_max;
  const std::int64_t limit = query.limit ? query.limit->total : 0;
  const auto bounded = [&](std::int64_t count) {
    return std::min(static_cast<std::size_t>(std::max<std::int64_t>(0, count)), most);
  };
  return fuse(std::move(ranked), *query.rerank_by, bounded(query.offset.value_or(0)),
              bounded(limit));
}

}  // namespace

Result<wire::QueryResponse> execute(const Snapshot& snapshot, const wire::Query& query,
                                    async::Crew& crew) {
  const auto begin = Clock::now();
  // All are checked before the first runs: a refusal costs no search.
  std::vector<SubQuery> bound;
  for (const wire::SubQuery& sub : query.queries) {
    LAYER_ASSIGN(SubQuery one, SubQuery::bind(snapshot, sub));
    bound.push_back(std::move(one));
  }
  wire::QueryResponse response;
  response.multi = query.multi;
  response.vector_encoding = query.vector_encoding;
  std::vector<std::optional<Result<wire::QueryResult>>> results(bound.size());
  crew.run(bound.size(), [&](std::size_t i) { results[i] = bound[i].run(); });
  for (auto& result : results) {
    LAYER_ASSIGN(wire::QueryResult one, std::move(*result));
    response.results.push_back(std::move(one));
  }
  if (query.rerank_by) {
    LAYER_ASSIGN(wire::Rows fused, fuse_results(query, std::move(response.results)));
    response.results.clear();
    response.results.emplace_back(std::move(fused));
  }
  response.billing.billable_logical_bytes_queried = queried_bytes(snapshot) * bound.size();
  for (const wire::QueryResult& result : response.results) {
    if (const auto* rows = std::get_if<wire::Rows>(&result)) {
      response.billing.billable_logical_bytes_returned += wire::returned_bytes(*rows);
    }
  }
  response.performance.exhaustive_search_count = unindexed_documents(snapshot);
  response.performance.approx_namespace_size = snapshot.documents();
  response.performance.query_execution_ms = ms_rounded_up(Clock::now() - begin);
  return response;
}

}  // namespace layer::engine::query
