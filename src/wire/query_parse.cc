// Query bodies: which of the three forms it is, its fields, then what the form asks of them.
#include <fmt/format.h>

#include <array>
#include <span>

#include "core/limits.h"
#include "wire/filter_parse.h"
#include "wire/query.h"
#include "wire/query_fields.h"
#include "wire/query_rules.h"
#include "wire/rank_by_parse.h"
#include "wire/rank_input.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

using Names = std::span<const std::string_view>;

// In each list the fields that only the root may have stand last.
constexpr std::size_t kRootOnly = 2;
constexpr std::array<std::string_view, 11> kRowFields{"rank_by",
                                                      "top_k",
                                                      "limit",
                                                      "offset",
                                                      "filters",
                                                      "include_attributes",
                                                      "exclude_attributes",
                                                      "compute_attributes",
                                                      "distance_metric",
                                                      "consistency",
                                                      "vector_encoding"};
constexpr std::array<std::string_view, 7> kAggregateFields{
    "aggregate_by",    "group_by",    "top_k",          "filters",
    "distance_metric", "consistency", "vector_encoding"};
constexpr std::array<std::string_view, 7> kMultiFields{
    "queries", "rerank_by", "top_k", "limit", "offset", "consistency", "vector_encoding"};

// The store reports a wrong shape anywhere before a wrong meaning anywhere: the first fault of
// meaning is kept while the rest is still read.
class Faults {
 public:
  Result<void> pass(Result<void> outcome) {
    if (outcome || outcome.error().code != ErrorCode::kInvalidArgument) {
      return outcome;
    }
    if (!first_) {
      first_ = std::move(outcome).error();
    }
    return {};
  }
  const std::optional<Error>& first() const { return first_; }

 private:
  std::optional<Error> first_;
};

// Reads the field into `target` when it is there.
template <class T, class Read>
Result<void> read_into(T& target, const Fields& fields, const Path& path, std::string_view name,
                       Read read) {
  const json::Value* const value = fields.get(name);
  if (value == nullptr) {
    return {};
  }
  LAYER_ASSIGN(target, read(*value, path.member(name)));
  return {};
}

bool has(const json::Object& object, std::string_view name) {
  json::Value value;
  return object.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null();
}

Result<Filter> read_filter(const json::Value& value, const Path& path) {
  return parse_filter(value, path);
}

Result<Limit> read_top_k(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const std::int64_t total, read_count(value, path));
  return Limit{.total = total, .per = std::nullopt};
}

// top_k and limit are two spellings of one field.
Result<void> read_limits(std::optional<Limit>& limit, const Fields& fields, const Path& path) {
  std::optional<Limit> top_k;
  LAYER_TRY(read_into(top_k, fields, path, "top_k", read_top_k));
  LAYER_TRY(read_into(limit, fields, path, "limit", read_limit));
  if (top_k && limit) {
    return semantic_error("💔 cannot specify both top_k and limit");
  }
  if (top_k) {
    limit = std::move(top_k);
  }
  return {};
}

Result<void> read_projection(SubQuery& query, const Fields& fields, const Path& path) {
  std::optional<Projection> include;
  std::optional<Projection> exclude;
  LAYER_TRY(read_into(include, fields, path, "include_attributes", read_include));
  LAYER_TRY(read_into(exclude, fields, path, "exclude_attributes", read_exclude));
  query.include_given = include.has_value();
  query.exclude_given = exclude.has_value();
  if (include && exclude) {
    return semantic_error("💔 cannot specify both include_attributes and exclude_attributes");
  }
  if (include || exclude) {
    query.projection = std::move(include ? *include : *exclude);
  }
  return {};
}

// Fields that only some form has are absent from `fields` in the others.
Result<void> read_fields(SubQuery& query, const Fields& fields, const Path& path, Faults& faults) {
  LAYER_TRY(faults.pass(read_into(query.rank_by, fields, path, "rank_by", parse_rank_by)));
  LAYER_TRY(faults.pass(read_limits(query.limit, fields, path)));
  LAYER_TRY(faults.pass(read_into(query.offset, fields, path, "offset", read_count)));
  LAYER_TRY(faults.pass(read_into(query.filters, fields, path, "filters", read_filter)));
  LAYER_TRY(faults.pass(read_projection(query, fields, path)));
  LAYER_TRY(
      faults.pass(read_into(query.aggregate_by, fields, path, "aggregate_by", read_aggregates)));
  LAYER_TRY(faults.pass(read_into(query.group_by, fields, path, "group_by", read_group_keys)));
  LAYER_TRY(faults.pass(read_into(query.compute_attributes, fields, path, "compute_attributes",
                                  read_compute_attributes)));
  return faults.pass(
      read_into(query.distance_metric, fields, path, "distance_metric", read_distance_metric));
}

Result<SubQuery> read_sub_query(const json::Object& object, const Path& path, bool root,
                                Query& query, Faults& faults) {
  const bool aggregates = has(object, "aggregate_by") || has(object, "group_by");
  Names known = aggregates ? Names(kAggregateFields) : Names(kRowFields);
  if (!root) {
    known = known.first(known.size() - kRootOnly);
  }
  LAYER_ASSIGN(const Fields fields, Fields::read(object, path, known));
  SubQuery sub;
  LAYER_TRY(read_fields(sub, fields, path, faults));
  LAYER_TRY(read_into(query.consistency, fields, path, "consistency", read_consistency));
  LAYER_TRY(
      read_into(query.vector_encoding, fields, path, "vector_encoding", read_vector_encoding));
  if (aggregates && fields.get("aggregate_by") == nullptr) {
    return missing_field(path, "aggregate_by");
  }
  return sub;
}

Result<void> read_queries(Query& query, const json::Array& items, const Path& path,
                          Faults& faults) {
  for (const json::Value item : items) {
    const Path at = path.item(query.queries.size());
    LAYER_ASSIGN(const json::Object object, read_object(item, at, "struct QueryRankBy"));
    LAYER_ASSIGN(SubQuery sub, read_sub_query(object, at, false, query, faults));
    query.queries.push_back(std::move(sub));
  }
  return {};
}

Result<void> read_multi(Query& query, const json::Object& object, const Path& path,
                        Faults& faults) {
  LAYER_ASSIGN(const Fields fields, Fields::read(object, path, kMultiFields));
  const json::Value* const queries = fields.get("queries");
  if (queries == nullptr) {
    return missing_field(path, "queries");
  }
  query.multi = true;
  const Path at = path.member("queries");
  LAYER_ASSIGN(const json::Array items, read_array(*queries, at));
  // Beyond the permits nothing is read: what the sub-queries would take is not bounded otherwise.
  LAYER_TRY(check_permits(items));
  LAYER_TRY(read_queries(query, items, at, faults));
  LAYER_TRY(faults.pass(read_into(query.rerank_by, fields, path, "rerank_by", read_rerank)));
  LAYER_TRY(faults.pass(read_limits(query.limit, fields, path)));
  LAYER_TRY(faults.pass(read_into(query.offset, fields, path, "offset", read_count)));
  LAYER_TRY(read_into(query.consistency, fields, path, "consistency", read_consistency));
  return read_into(query.vector_encoding, fields, path, "vector_encoding", read_vector_encoding);
}

}  // namespace

Result<Query> parse_query(std::string_view body) {
  if (body.size() > core::limits::query_body_bytes_max) {
    return fail(ErrorCode::kPayloadTooLarge,
                fmt::format("query bodies must have at most {} bytes, got {}",
                            core::limits::query_body_bytes_max, body.size()));
  }
  LAYER_ASSIGN(const json::Document document, json::Document::parse(std::string(body)));
  const Path path(document.text());
  LAYER_ASSIGN(const json::Object object, read_object(document.root(), path, "struct Query"));
  // Only a model could rerank a single query.
  json::Value rerank;
  if (!has(object, "queries") && object.at_key("rerank_by").get(rerank) == simdjson::SUCCESS &&
      rerank.is_object()) {
    LAYER_TRY(read_rerank(rerank, path.member("rerank_by")));
  }
  Query query;
  Faults faults;
  if (has(object, "queries") || has(object, "rerank_by")) {
    LAYER_TRY(read_multi(query, object, path, faults));
  } else {
    LAYER_ASSIGN(SubQuery sub, read_sub_query(object, path, true, query, faults));
    query.queries.push_back(std::move(sub));
  }
  if (faults.first()) {
    return std::unexpected(*faults.first());
  }
  LAYER_TRY(check_rules(query));
  return query;
}

}  // namespace layer::wire
