#include <limits>
#include <string>
#include <unordered_map>

#include "core/limits.h"
#include "engine/query/errors.h"
#include "engine/query/order_walk.h"
#include "engine/query/rank.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

struct Diversity {
  std::vector<OrderBy> attributes;
  std::uint32_t limit = 0;
};

// Counts documents by the tuple of their values, null being a value like any other.
class GroupCounter {
 public:
  // `keys` is the tuple of the document; false once `limit` documents of the tuple were counted.
  bool admit(const std::string& tuple, std::uint32_t limit) { return counts_[tuple]++ < limit; }

 private:
  std::unordered_map<std::string, std::uint32_t> counts_;
};

std::string tuple_of(const SegmentOrder& columns, std::span<const OrderBy> attributes,
                     const segment::Segment& segment, DocId doc) {
  std::string tuple;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].on_id) {
      append_key(tuple, to_value(segment.id(doc)));
      continue;
    }
    const segment::Column* column = columns.column(i);
    const auto ordinals =
        column == nullptr ? std::span<const segment::Ordinal>() : column->ordinals(doc);
    append_key(tuple, wire::Value(static_cast<std::uint64_t>(ordinals.size())));
    for (const segment::Ordinal ordinal : ordinals) {
      append_key(tuple, column->value(ordinal));
    }
  }
  return tuple;
}

class OrderRanking : public Ranking {
 public:
  OrderRanking(std::vector<OrderBy> order, std::optional<Diversity> diversity)
      : order_(std::move(order)), diversity_(std::move(diversity)) {}

  Result<std::vector<Hit>> rank(QueryContext& context, std::size_t count) const override {
    std::vector<SegmentOrder> keys;
    std::vector<std::vector<Hit>> lists;
    for (std::uint32_t s = 0; s < context.segments(); ++s) {
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      LAYER_ASSIGN(SegmentOrder opened, SegmentOrder::open(context.segment(s), order_));
      keys.push_back(std::move(opened));
      const std::size_t wanted = diversity_ ? allowed->count() : count;
      const std::vector<DocId> docs = first_in_order(keys.back(), order_, *allowed, wanted);
      std::vector<Hit>& hits = lists.emplace_back();
      hits.reserve(docs.size());
      for (const DocId doc : docs) {
        hits.push_back({.segment = s, .doc = doc});
      }
    }
    const auto before = [&](const Hit& left, const Hit& right) {
      if (left.segment == right.segment) {
        return keys[left.segment].before(left.doc, right.doc);
      }
      const int order =
          compare_across(keys[left.segment], left.doc, keys[right.segment], right.doc);
      return order != 0 ? order < 0 : id_less(context.snapshot(), left, right);
    };
    if (!diversity_) {
      return merge_first(lists, count, before);
    }
    const std::vector<Hit> hits =
        merge_first(lists, std::numeric_limits<std::size_t>::max(), before);
    return diversify(context, hits, count);
  }

  bool has_dist() const override { return false; }

  Result<std::string> plan(QueryContext& context, std::uint32_t s,
                           std::size_t count) const override {
    LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
    const std::string rows = std::to_string(allowed->count()) + " rows allowed";
    switch (choose_order_path(order_, *allowed, diversity_ ? allowed->count() : count)) {
      case OrderPath::kIds:
        return "documents in the order of their ids, " + rows;
      case OrderPath::kWalk:
        return "walk along the values of " + order_.front().name + " until " +
               std::to_string(count) + " rows are found, " + rows;
      case OrderPath::kGather:
        return "sort keys of all allowed rows, " + rows;
    }
    return std::string();
  }

 private:
  Result<std::vector<Hit>> diversify(QueryContext& context, const std::vector<Hit>& hits,
                                     std::size_t count) const {
    std::vector<SegmentOrder> columns;
    for (std::uint32_t s = 0; s < context.segments(); ++s) {
      LAYER_ASSIGN(SegmentOrder opened,
                   SegmentOrder::open(context.segment(s), diversity_->attributes));
      columns.push_back(std::move(opened));
    }
    std::vector<Hit> kept;
    GroupCounter groups;
    for (const Hit& hit : hits) {
      if (kept.size() >= count) {
        break;
      }
      const std::string tuple = tuple_of(columns[hit.segment], diversity_->attributes,
                                         context.segment(hit.segment), hit.doc);
      if (groups.admit(tuple, diversity_->limit)) {
        kept.push_back(hit);
      }
    }
    return kept;
  }

  std::vector<OrderBy> order_;
  std::optional<Diversity> diversity_;
};

Result<OrderBy> bind_attribute(const wire::Schema& schema, const std::string& name,
                               std::string_view where) {
  OrderBy by{.name = name};
  if (name == "id") {
    by.on_id = true;
    return by;
  }
  const auto attr = schema.find(name);
  if (!attr) {
    return refuse("attribute \"" + name + "\" not found in schema, cannot be used in `" +
                  std::string(where) + "`");
  }
  if (!schema.at(*attr).filterable) {
    return refuse("attribute \"" + name + "\" is not filterable, cannot be used in `" +
                  std::string(where) + "`; this requires a schema update");
  }
  by.attr = *attr;
  return by;
}

Result<OrderBy> bind_clause(const wire::Schema& schema, const wire::OrderClause& clause) {
  LAYER_ASSIGN(OrderBy by, bind_attribute(schema, clause.attribute, "rank_by"));
  by.descending = clause.descending;
  if (by.on_id) {
    return by;
  }
  const wire::AttributeType& type = schema.at(by.attr).type;
  if (type.array || type.kind == wire::Kind::kMultiVector) {
    return refuse("attribute \"" + clause.attribute + "\" of type " + to_string(type) +
                  " cannot be ordered by, only scalars can");
  }
  return by;
}

}  // namespace

Result<std::unique_ptr<Ranking>> bind_rank_order(const RankInput& input,
                                                 const wire::RankOrder& rank) {
  if (rank.clauses.empty()) {
    return refuse("rank_by cannot be empty");
  }
  if (rank.clauses.size() > core::limits::order_by_clauses_max) {
    return refuse("rank_by cannot have more than " +
                  std::to_string(core::limits::order_by_clauses_max) + " attributes");
  }
  std::vector<OrderBy> order;
  for (const wire::OrderClause& clause : rank.clauses) {
    LAYER_ASSIGN(OrderBy by, bind_clause(input.schema, clause));
    order.push_back(std::move(by));
  }
  std::optional<Diversity> diversity;
  if (input.per) {
    diversity.emplace().limit = input.per->limit;
    for (const std::string& name : input.per->attributes) {
      LAYER_ASSIGN(OrderBy by, bind_attribute(input.schema, name, "limit.per"));
      if (!by.on_id && input.schema.at(by.attr).type.kind == wire::Kind::kMultiVector) {
        return refuse("attribute \"" + name + "\" cannot be used in `limit.per`");
      }
      diversity->attributes.push_back(std::move(by));
    }
  }
  return std::make_unique<OrderRanking>(std::move(order), std::move(diversity));
}

}  // namespace layer::engine::query
