#include "wire/query_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "wire/rank_input.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::int64_t kRowsMax = core::limits::result_rows_max;

std::uint32_t permits_of(const json::Value& query) {
  json::Value value;
  if (!query.is_object()) {
    return 1;
  }
  const json::Object object = query.get_object().value_unsafe();
  if (object.at_key("aggregate_by").get(value) == simdjson::SUCCESS && !value.is_null()) {
    return 4;
  }
  const bool exact = object.at_key("rank_by").get(value) == simdjson::SUCCESS && value.is_array() &&
                     value.at(1).get(value) == simdjson::SUCCESS && string_or_empty(value) == "kNN";
  return exact ? 2 : 1;
}

Result<void> check_total(std::int64_t total) {
  if (total < 1 || total > kRowsMax) {
    return semantic_error(fmt::format("💔 top_k must be between 1 and {}", kRowsMax));
  }
  return {};
}

Result<void> check_offset(std::int64_t offset, std::int64_t total) {
  if (offset > kRowsMax - total) {
    return semantic_error(
        fmt::format("💔 the sum of offset and limit must be at most {}", kRowsMax));
  }
  return {};
}

bool returns(const Projection& projection, const std::string& name) {
  const bool named = std::ranges::find(projection.names, name) != projection.names.end();
  switch (projection.mode) {
    case Projection::Mode::kAll:
      return true;
    case Projection::Mode::kInclude:
      return named || name == "id";
    case Projection::Mode::kExclude:
      return !named || name == "id";
    case Projection::Mode::kNone:
      break;
  }
  return name == "id";
}

Result<void> check_per(const SubQuery& query, const LimitPer& per, std::int64_t total) {
  if (!query.rank_by || !std::holds_alternative<RankOrder>(*query.rank_by)) {
    return semantic_error("💔 `limit.per` is only supported when ranking by an attribute");
  }
  if (per.attributes.empty()) {
    return semantic_error("💔 `limit.per.attributes` must name at least one attribute");
  }
  if (per.limit < 1 || per.limit > total) {
    return semantic_error("💔 `limit.per.limit` must be between 1 and `limit.total`");
  }
  for (const std::string& name : per.attributes) {
    if (!returns(query.projection, name)) {
      return semantic_error(fmt::format(
          "💔 attribute \"{}\" of `limit.per` must be returned: add it to include_attributes",
          name));
    }
  }
  return {};
}

Result<void> check_rows(const SubQuery& query) {
  if (!query.limit) {
    return semantic_error("💔 rank_by queries must specify top_k or limit");
  }
  const std::int64_t total = query.limit->total;
  LAYER_TRY(check_total(total));
  if (query.rank_by) {
    const auto* vector = std::get_if<RankVector>(&*query.rank_by);
    if (vector != nullptr && vector->exact && !query.filters) {
      return semantic_error("💔 kNN requires filters");
    }
  }
  if (query.limit->per) {
    LAYER_TRY(check_per(query, *query.limit->per, total));
  }
  if (query.offset.value_or(0) > 0) {
    if (!query.rank_by) {
      return semantic_error("💔 offset requires rank_by");
    }
    LAYER_TRY(check_offset(*query.offset, total));
  }
  return {};
}

Result<void> check_aggregates(const SubQuery& query) {
  if (query.limit && query.group_by.empty()) {
    return semantic_error("💔 top_k is not supported in aggregation queries without group_by");
  }
  if (query.limit && query.limit->total > kRowsMax) {
    return semantic_error(fmt::format("💔 top_k must be between 0 and {}", kRowsMax));
  }
  for (const GroupKey& key : query.group_by) {
    if (std::ranges::find(query.aggregate_by, key.alias, &Aggregate::label) !=
        query.aggregate_by.end()) {
      return semantic_error(
          fmt::format("💔 `{}` names both a group and an aggregation", key.alias));
    }
  }
  return {};
}

Result<void> check_rerank(const Query& query, const Rrf& rrf) {
  if (!query.limit) {
    return semantic_error("💔 rerank_by requires limit at the top level of the request");
  }
  LAYER_TRY(check_total(query.limit->total));
  if (query.limit->per) {
    return semantic_error("💔 `limit.per` is only supported when ranking by an attribute");
  }
  LAYER_TRY(check_offset(query.offset.value_or(0), query.limit->total));
  if (!rrf.weights.empty() && rrf.weights.size() != query.queries.size()) {
    return semantic_error(fmt::format("💔 `weights` must hold one number per sub-query: {}, got {}",
                                      query.queries.size(), rrf.weights.size()));
  }
  for (const SubQuery& sub : query.queries) {
    if (!sub.aggregate_by.empty()) {
      return semantic_error("💔 rerank_by cannot be combined with aggregation queries");
    }
  }
  return {};
}

}  // namespace

Result<void> check_permits(const json::Array& queries) {
  std::uint64_t permits = 0;
  for (const json::Value query : queries) {
    permits += permits_of(query);
  }
  if (permits == 0) {
    return semantic_error("💔 must send at least one sub-query");
  }
  if (permits > core::limits::query_permits_max) {
    return semantic_error(fmt::format(
        "💔 multi-query exceeds per-namespace concurrency budget: requires {} permits, max is {} "
        "(see https://turbopuffer.com/docs/limits)",
        permits, core::limits::query_permits_max));
  }
  return {};
}

Result<void> check_rules(const Query& query) {
  for (const SubQuery& sub : query.queries) {
    LAYER_TRY(sub.aggregate_by.empty() ? check_rows(sub) : check_aggregates(sub));
  }
  return query.rerank_by ? check_rerank(query, *query.rerank_by) : Result<void>{};
}

}  // namespace layer::wire
