// The fields of a query, one reader each. Inner to the parser of queries.
// Errors of each: kInvalidShape for the shape, kInvalidArgument for what the field alone can
// refuse.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/path.h"
#include "wire/query.h"

namespace layer::wire {

// A count as sent; negative and fractional numbers are shapes no count has.
Result<std::int64_t> read_count(const json::Value& value, const json::Path& path);
Result<Limit> read_limit(const json::Value& value, const json::Path& path);

Result<Consistency> read_consistency(const json::Value& value, const json::Path& path);
Result<VectorEncoding> read_vector_encoding(const json::Value& value, const json::Path& path);
Result<DistanceMetric> read_distance_metric(const json::Value& value, const json::Path& path);

Result<Projection> read_include(const json::Value& value, const json::Path& path);
Result<Projection> read_exclude(const json::Value& value, const json::Path& path);

Result<std::vector<Aggregate>> read_aggregates(const json::Value& value, const json::Path& path);
Result<std::vector<GroupKey>> read_group_keys(const json::Value& value, const json::Path& path);

Result<std::vector<ComputeAttribute>> read_compute_attributes(const json::Value& value,
                                                              const json::Path& path);

Result<Rrf> read_rerank(const json::Value& value, const json::Path& path);

}  // namespace layer::wire
