#include "wire/query_fields.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "wire/metric_variants.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

Result<std::vector<std::string>> read_names(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Array items, read_array(value, path));
  std::vector<std::string> names;
  for (const json::Value item : items) {
    LAYER_ASSIGN(const std::string_view name, read_string(item, path.item(names.size())));
    names.emplace_back(name);
  }
  return names;
}

Result<LimitPer> read_per(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path));
  LimitPer per;
  bool attributes = false;
  bool limit = false;
  for (const auto& [name, member] : object) {
    const Path at = path.member(name);
    if (name == "attributes") {
      attributes = true;
      LAYER_ASSIGN(per.attributes, read_names(member, at));
    } else if (name == "limit") {
      limit = true;
      LAYER_ASSIGN(per.limit, read_u32(member, at));
    }
  }
  if (!attributes) {
    return missing_field(path, "attributes");
  }
  if (!limit) {
    return missing_field(path, "limit");
  }
  return per;
}

bool is_count(const json::Value& value) {
  return value.is_uint64();
}

std::int64_t count_of(const json::Value& value) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(value.get_uint64().value_unsafe(), kMax));
}

}  // namespace

Result<std::int64_t> read_count(const json::Value& value, const Path& path) {
  LAYER_TRY(read_u64(value, path));
  return count_of(value);
}

Result<Limit> read_limit(const json::Value& value, const Path& path) {
  if (is_count(value)) {
    return Limit{.total = count_of(value), .per = std::nullopt};
  }
  if (!value.is_object()) {
    return no_variant(path, "LimitInput");
  }
  Limit limit;
  bool total = false;
  for (const auto& [name, member] : value.get_object().value_unsafe()) {
    if (name == "total" && is_count(member)) {
      total = true;
      limit.total = count_of(member);
    } else if (name == "per" && !member.is_null()) {
      LAYER_ASSIGN(limit.per, read_per(member, path.member(name)));
    }
  }
  if (!total) {
    return no_variant(path, "LimitInput");
  }
  return limit;
}

Result<Consistency> read_consistency(const json::Value& value, const Path& path) {
  constexpr std::array<std::pair<std::string_view, Consistency>, 2> kLevels{
      {{"strong", Consistency::kStrong}, {"eventual", Consistency::kEventual}}};
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "struct Consistency"));
  json::Value level;
  if (object.at_key("level").get(level) != simdjson::SUCCESS) {
    return missing_field(path, "level");
  }
  // The embedded engine always answers from its newest snapshot, which is stale by nothing.
  json::Value staleness;
  if (object.at_key("max_staleness_seconds").get(staleness) == simdjson::SUCCESS &&
      !staleness.is_null()) {
    LAYER_TRY(read_u64(staleness, path.member("max_staleness_seconds")));
  }
  return read_variant(level, path.member("level"), kLevels);
}

Result<VectorEncoding> read_vector_encoding(const json::Value& value, const Path& path) {
  constexpr std::array<std::pair<std::string_view, VectorEncoding>, 2> kEncodings{
      {{"float", VectorEncoding::kFloat}, {"base64", VectorEncoding::kBase64}}};
  return read_variant(value, path, kEncodings);
}

Result<DistanceMetric> read_distance_metric(const json::Value& value, const Path& path) {
  return read_variant(value, path, kMetricVariants);
}

Result<Projection> read_include(const json::Value& value, const Path& path) {
  if (value.is_bool()) {
    return Projection{.mode = value.get_bool().value_unsafe() ? Projection::Mode::kAll
                                                              : Projection::Mode::kNone};
  }
  auto names = value.is_array() ? read_names(value, path) : std::vector<std::string>{};
  if (!value.is_array() || !names) {
    return no_variant(path, "IncludeAttributesInput");
  }
  return Projection{.mode = Projection::Mode::kInclude, .names = std::move(*names)};
}

Result<Projection> read_exclude(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(std::vector<std::string> names, read_names(value, path));
  return Projection{.mode = Projection::Mode::kExclude, .names = std::move(names)};
}

namespace {

// {"model", "attribute", "query"}: read for its shape alone.
std::unexpected<Error> refuse_model(const json::Object& object, const Path& path) {
  for (const std::string_view name : {"model", "attribute", "query"}) {
    json::Value value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS) {
      return missing_field(path, name);
    }
    if (const auto text = read_string(value, path.member(name)); !text) {
      return std::unexpected(text.error());
    }
  }
  return semantic_error(
      "💔 rerank_by with a model is not available, this store has no reranking models: use "
      "[\"RRF\"] over the sub-queries of a multi-query, or rerank the answer yourself");
}

}  // namespace

Result<Rrf> read_rerank(const json::Value& value, const Path& path) {
  constexpr std::array<std::string_view, 1> kFunctions{"RRF"};
  constexpr std::array<std::string_view, 2> kKnown{"rank_constant", "weights"};
  if (value.is_object()) {
    return refuse_model(value.get_object().value_unsafe(), path);
  }
  LAYER_ASSIGN(const json::Array parts, read_array(value, path));
  const std::size_t size = parts.size();
  if (size < 1 || size > 2) {
    return shape_error(path, "invalid length, expected [\"RRF\"] or [\"RRF\", {...}]");
  }
  LAYER_ASSIGN(const std::string_view function,
               read_string(parts.at(0).value_unsafe(), path.item(0)));
  if (function != kFunctions[0]) {
    return unknown_variant(path.item(0), function, kFunctions);
  }
  Rrf rrf;
  if (size == 1) {
    return rrf;
  }
  const Path at = path.item(1);
  LAYER_ASSIGN(const json::Object object, read_object(parts.at(1).value_unsafe(), at));
  LAYER_ASSIGN(const Fields fields, Fields::read(object, at, kKnown));
  if (const auto* constant = fields.get(kKnown[0])) {
    LAYER_ASSIGN(rrf.rank_constant, read_f64(*constant, at.member(kKnown[0])));
  }
  if (const auto* weights = fields.get(kKnown[1])) {
    const Path list = at.member(kKnown[1]);
    LAYER_ASSIGN(const json::Array items, read_array(*weights, list));
    for (const json::Value item : items) {
      LAYER_ASSIGN(const double weight, read_f64(item, list.item(rrf.weights.size())));
      rrf.weights.push_back(weight);
    }
  }
  if (rrf.rank_constant < 0) {
    return semantic_error("💔 `rank_constant` must not be negative");
  }
  for (const double weight : rrf.weights) {
    if (weight <= 0) {
      return semantic_error("💔 `weights` must be positive");
    }
  }
  return rrf;
}

}  // namespace layer::wire
