// aggregate_by and group_by.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "wire/query_fields.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

// ["Count"], ["Count", "id"] or ["Sum", attribute]
Result<Aggregate> read_aggregate(std::string_view label, const json::Value& value,
                                 const Path& path) {
  constexpr std::array<std::string_view, 2> kFunctions{"Count", "Sum"};
  LAYER_ASSIGN(const json::Array parts, read_array(value, path));
  const std::size_t size = parts.size();
  if (size < 1 || size > 2) {
    return shape_error(path, "invalid length, expected [\"Count\"] or [\"Sum\", attribute]");
  }
  LAYER_ASSIGN(const std::string_view function,
               read_string(parts.at(0).value_unsafe(), path.item(0)));
  Aggregate aggregate{.label = std::string(label)};
  if (size == 2) {
    LAYER_ASSIGN(const std::string_view attribute,
                 read_string(parts.at(1).value_unsafe(), path.item(1)));
    aggregate.attribute = std::string(attribute);
  }
  if (function == kFunctions[0]) {
    return aggregate;
  }
  if (function != kFunctions[1]) {
    return unknown_variant(path.item(0), function, kFunctions);
  }
  if (size == 1) {
    return shape_error(path, "invalid length 1, expected [\"Sum\", attribute]");
  }
  aggregate.op = Aggregate::Op::kSum;
  return aggregate;
}

// "attribute" or {alias: ["ForEachUnique", attribute]}
Result<GroupKey> read_group_key(const json::Value& value, const Path& path) {
  constexpr std::array<std::string_view, 1> kFunctions{"ForEachUnique"};
  if (value.is_string()) {
    const std::string name(value.get_string().value_unsafe());
    return GroupKey{.attribute = name, .alias = name};
  }
  if (!value.is_object() || value.get_object().value_unsafe().size() != 1) {
    return no_variant(path, "GroupByInput");
  }
  const auto member = *value.get_object().value_unsafe().begin();
  const Path at = path.member(member.key);
  LAYER_ASSIGN(const json::Array parts, read_array(member.value, at));
  if (parts.size() != 2) {
    return shape_error(at, "invalid length, expected [\"ForEachUnique\", attribute]");
  }
  LAYER_ASSIGN(const std::string_view function,
               read_string(parts.at(0).value_unsafe(), at.item(0)));
  if (function != kFunctions[0]) {
    return unknown_variant(at.item(0), function, kFunctions);
  }
  LAYER_ASSIGN(const std::string_view attribute,
               read_string(parts.at(1).value_unsafe(), at.item(1)));
  return GroupKey{.attribute = std::string(attribute),
                  .alias = std::string(member.key),
                  .for_each_unique = true};
}

Result<void> check(const std::vector<GroupKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].attribute == "id") {
      return semantic_error("💔 `id` cannot be part of `group_by`");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i].alias == keys[j].alias || keys[i].attribute == keys[j].attribute) {
        return semantic_error(fmt::format("💔 `{}` is named twice in `group_by`", keys[i].alias));
      }
    }
  }
  if (std::ranges::count(keys, true, &GroupKey::for_each_unique) > 1) {
    return semantic_error("💔 `group_by` can contain at most one ForEachUnique");
  }
  return {};
}

}  // namespace

Result<std::vector<Aggregate>> read_aggregates(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path));
  const std::size_t size = object.size();
  if (size < 1 || size > core::limits::aggregates_max) {
    return semantic_error(fmt::format("💔 aggregate_by must hold between 1 and {} aggregations",
                                      core::limits::aggregates_max));
  }
  std::vector<Aggregate> aggregates;
  for (const auto& [label, item] : object) {
    LAYER_ASSIGN(Aggregate aggregate, read_aggregate(label, item, path.member(label)));
    if (std::ranges::find(aggregates, label, &Aggregate::label) != aggregates.end()) {
      return duplicate_field(path, label);
    }
    aggregates.push_back(std::move(aggregate));
  }
  for (const Aggregate& aggregate : aggregates) {
    if (aggregate.op == Aggregate::Op::kCount && !aggregate.attribute.empty() &&
        aggregate.attribute != "id") {
      return semantic_error("💔 aggregate_by with attributes other than \"id\" not yet supported");
    }
  }
  return aggregates;
}

Result<std::vector<GroupKey>> read_group_keys(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Array items, read_array(value, path));
  if (items.size() > core::limits::group_keys_max) {
    return semantic_error(fmt::format("💔 `group_by` must not name more than {} attributes",
                                      core::limits::group_keys_max));
  }
  std::vector<GroupKey> keys;
  for (const json::Value item : items) {
    LAYER_ASSIGN(GroupKey key, read_group_key(item, path.item(keys.size())));
    keys.push_back(std::move(key));
  }
  LAYER_TRY(check(keys));
  return keys;
}

}  // namespace layer::wire
