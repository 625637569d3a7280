#include <algorithm>

#include "core/limits.h"
#include "engine/query/aggregate.h"
#include "engine/query/errors.h"

namespace layer::engine::query {
namespace {

Result<AttrId> grouped_attribute(const wire::Schema& schema, const std::string& name,
                                 std::string_view where) {
  const auto attr = schema.find(name);
  if (!attr) {
    return refuse("attribute \"" + name + "\" not found in schema, cannot be used in `" +
                  std::string(where) + "`");
  }
  if (!schema.at(*attr).filterable) {
    return refuse("attribute \"" + name + "\" is not filterable, cannot be used in `" +
                  std::string(where) + "`; this requires a schema update");
  }
  return *attr;
}

Result<Aggregation::Sum> bind_sum(const wire::Schema& schema, const wire::Aggregate& aggregate) {
  Aggregation::Sum sum{.label = aggregate.label};
  if (aggregate.op == wire::Aggregate::Op::kCount) {
    if (!aggregate.attribute.empty() && aggregate.attribute != "id") {
      return refuse("aggregate_by with attributes other than \"id\" not yet supported");
    }
    sum.counts = true;
    return sum;
  }
  sum.attribute = aggregate.attribute;
  LAYER_ASSIGN(sum.attr, grouped_attribute(schema, aggregate.attribute, "aggregate_by"));
  const wire::AttributeType& type = schema.at(sum.attr).type;
  sum.kind = type.kind;
  const bool number = type.kind == wire::Kind::kInt || type.kind == wire::Kind::kUint ||
                      type.kind == wire::Kind::kFloat;
  if (!number || type.array) {
    return refuse("attribute \"" + aggregate.attribute + "\" of type " + to_string(type) +
                  " cannot be summed, only int, uint and float can");
  }
  return sum;
}

Result<Aggregation::Group> bind_group(const wire::Schema& schema, const wire::GroupKey& key) {
  if (key.attribute == "id") {
    return refuse("group_by cannot contain \"id\"");
  }
  Aggregation::Group group{.attribute = key.attribute,
                           .alias = key.alias.empty() ? key.attribute : key.alias,
                           .for_each = key.for_each_unique};
  LAYER_ASSIGN(group.attr, grouped_attribute(schema, key.attribute, "group_by"));
  const wire::AttributeType& type = schema.at(group.attr).type;
  if (type.kind == wire::Kind::kMultiVector) {
    return refuse("attribute \"" + key.attribute + "\" of type " + to_string(type) +
                  " cannot be grouped by");
  }
  if (type.array != group.for_each) {
    return refuse("attribute \"" + key.attribute + "\" of type " + to_string(type) +
                  (type.array ? " can only be grouped by with ForEachUnique"
                              : " is no array, ForEachUnique does not apply"));
  }
  return group;
}

}  // namespace

Result<Aggregation> Aggregation::bind(const wire::Schema& schema, const wire::SubQuery& query) {
  Aggregation bound;
  for (const wire::Aggregate& aggregate : query.aggregate_by) {
    LAYER_ASSIGN(Sum sum, bind_sum(schema, aggregate));
    bound.sums_.push_back(std::move(sum));
  }
  for (const wire::GroupKey& key : query.group_by) {
    LAYER_ASSIGN(Group group, bind_group(schema, key));
    const bool twice = std::ranges::any_of(bound.groups_, [&](const Group& other) {
      return other.alias == group.alias || other.attribute == group.attribute;
    });
    if (twice) {
      return refuse("group_by names \"" + group.alias + "\" more than once");
    }
    bound.groups_.push_back(std::move(group));
  }
  if (std::ranges::count_if(bound.groups_, &Group::for_each) > 1) {
    return refuse("group_by can contain at most one ForEachUnique");
  }
  const std::int64_t most = core::limits::result_rows_max;
  bound.groups_max_ = static_cast<std::size_t>(
      query.limit ? std::clamp<std::int64_t>(query.limit->total, 0, most) : most);
  return bound;
}

}  // namespace layer::engine::query
