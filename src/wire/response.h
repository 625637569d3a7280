// What the store answers, before it is printed. print.h turns each into its JSON body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/id.h"
#include "wire/query.h"
#include "wire/value.h"

namespace layer::wire {

struct HighlightFragment {
  std::string text;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> fragment_range;
  std::vector<std::pair<std::uint64_t, std::uint64_t>>
      match_ranges;  // printed with fragment_range only
  std::optional<std::uint64_t> array_index;
};
using HighlightResult = std::vector<HighlightFragment>;

struct OutputField {
  std::string name;
  std::variant<Value, float, HighlightResult> value;  // float: a computed score or distance
  ElementType element = ElementType::kF32;            // of a dense vector, for base64 and billing
};

struct OutputRow {
  Id id;
  std::optional<float> dist;
  std::vector<OutputField> fields;
};

// Sums are exact 128-bit for integers while they are formed and must fit 64 bits at the end.
using AggregateValue = std::variant<std::int64_t, std::uint64_t, double>;
struct Aggregation {
  std::string label;
  AggregateValue value;
};
struct AggregationGroup {
  std::vector<std::pair<std::string, Value>> key;  // Null for the group of rows without a value
  std::vector<Aggregation> values;
};

using Rows = std::vector<OutputRow>;
using Aggregations = std::vector<Aggregation>;
using AggregationGroups = std::vector<AggregationGroup>;
using QueryResult = std::variant<Rows, Aggregations, AggregationGroups>;

struct QueryBilling {
  std::uint64_t billable_logical_bytes_queried = 256'000'000;
  std::uint64_t billable_logical_bytes_returned = 0;
};

struct QueryPerformance {
  double cache_hit_ratio = 1.0;
  std::string cache_temperature = "hot";  // hot, warm, cold
  std::uint64_t server_total_ms = 1;      // rounded up, at least 1
  std::uint64_t query_execution_ms = 1;
  std::uint64_t exhaustive_search_count = 0;  // unindexed documents, before filtering
  std::uint64_t approx_namespace_size = 0;
};

struct QueryResponse {
  std::vector<QueryResult> results;  // one unless multi
  bool multi = false;
  VectorEncoding vector_encoding = VectorEncoding::kFloat;
  QueryBilling billing;
  QueryPerformance performance;
};

struct WriteResponse {
  std::string message = "documents committed successfully";
  // Each is set only when the request held such an operation.
  std::optional<std::uint64_t> rows_upserted{};
  std::optional<std::uint64_t> rows_patched{};
  std::optional<std::uint64_t> rows_deleted{};
  std::optional<bool> rows_remaining{};
  std::optional<std::uint64_t>
      rows_affected_override{};    // copy: rows copied without an upsert member
  std::vector<Id> upserted_ids{};  // printed when non-empty
  std::vector<Id> patched_ids{};
  std::vector<Id> deleted_ids{};
  std::uint64_t billable_logical_bytes_written = 0;
  std::optional<QueryBilling> query_billing{};
  std::uint64_t server_total_ms = 1;
};

struct RecallResponse {
  double avg_recall = 1;
  double avg_exhaustive_count = 0;
  double avg_ann_count = 0;
  struct GroundTruth {
    std::vector<float> query_vector;
    Rows nearest_neighbors;
  };
  std::optional<std::vector<GroundTruth>> ground_truth;
};

}  // namespace layer::wire
