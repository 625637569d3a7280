#include "engine/query/aggregate.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <unordered_map>

#include "engine/query/errors.h"
#include "engine/query/segment_access.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

__extension__ using Wide = __int128;

// What one group adds up, by aggregation. Integers exactly, whatever their order.
struct Cell {
  std::uint64_t count = 0;
  Wide whole = 0;
  double real = 0;
};
using Cells = std::vector<Cell>;

// The groups of the whole snapshot by the values of their keys.
class Groups {
 public:
  explicit Groups(std::size_t sums) : sums_(sums) {}

  void add(std::vector<wire::Value> key, std::span<const Cell> cells) {
    std::string bytes;
    for (const wire::Value& value : key) {
      append_key(bytes, value);
    }
    const auto [at, fresh] = index_.try_emplace(std::move(bytes), keys_.size());
    if (fresh) {
      keys_.push_back(std::move(key));
      cells_.emplace_back(sums_);
    }
    Cells& total = cells_[at->second];
    for (std::size_t i = 0; i < sums_; ++i) {
      total[i].count += cells[i].count;
      total[i].whole += cells[i].whole;
      total[i].real += cells[i].real;
    }
  }

  // Positions in key order, null first.
  std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> order(keys_.size());
    std::ranges::generate(order, [next = std::size_t{0}]() mutable { return next++; });
    std::ranges::sort(order, [&](std::size_t left, std::size_t right) {
      for (std::size_t i = 0; i < keys_[left].size(); ++i) {
        const int difference = compare(keys_[left][i], keys_[right][i]);
        if (difference != 0) {
          return difference < 0;
        }
      }
      return false;
    });
    return order;
  }
  const std::vector<wire::Value>& key(std::size_t at) const { return keys_[at]; }
  const Cells& cells(std::size_t at) const { return cells_[at]; }

 private:
  std::size_t sums_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::vector<wire::Value>> keys_;
  std::vector<Cells> cells_;
};

// One segment: groups by ordinals, 0 for null, else the ordinal from 1.
class SegmentGroups {
 public:
  static Result<SegmentGroups> open(const segment::Segment& segment,
                                    std::span<const Aggregation::Sum> sums,
                                    std::span<const Aggregation::Group> groups) {
    SegmentGroups opened(segment, sums, groups);
    for (const Aggregation::Sum& sum : sums) {
      const segment::Column* column = nullptr;
      if (!sum.counts) {
        LAYER_ASSIGN(column, column_of(segment, sum.attr, sum.attribute));
      }
      opened.sum_columns_.push_back(column);
    }
    for (const Aggregation::Group& group : groups) {
      LAYER_ASSIGN(const segment::Column* column, column_of(segment, group.attr, group.attribute));
      opened.key_columns_.push_back(column);
    }
    return opened;
  }

  // At most the `groups_max` first groups in key order need be right where there are more.
  void count(const DocSet& allowed, std::size_t groups_max, Groups& into) {
    if (std::ranges::all_of(sums_, &Aggregation::Sum::counts)) {
      if (groups_.empty()) {
        into.add({}, counted(allowed.count()));
        return;
      }
      if (groups_.size() == 1) {
        count_ordinals(allowed, groups_max, into);
        return;
      }
    }
    allowed.for_each([&](DocId doc) { visit(doc); });
    for (std::size_t at = 0; at < keys_.size(); ++at) {
      emit(keys_[at], std::span(cells_).subspan(at * sums_.size(), sums_.size()), into);
    }
  }

 private:
  using Ordinals = std::span<const segment::Ordinal>;
  using Key = std::u32string;

  SegmentGroups(const segment::Segment& segment, std::span<const Aggregation::Sum> sums,
                std::span<const Aggregation::Group> groups)
      : segment_(&segment), sums_(sums), groups_(groups) {}

  static Ordinals ordinals_of(const segment::Column* column, DocId doc) {
    return column == nullptr ? Ordinals() : column->ordinals(doc);
  }

  Cells counted(std::uint64_t count) const { return Cells(sums_.size(), Cell{.count = count}); }

  // Counts by one attribute: a number for each ordinal, no keys until the end. A key that is among
  // the first of all segments is among the first here, so the others are not even made.
  void count_ordinals(const DocSet& allowed, std::size_t groups_max, Groups& into) const {
    const segment::Column* column = key_columns_[0];
    // By ordinal from 1; 0 counts the documents without a value.
    std::vector<DocId> counts(column == nullptr ? 1 : std::size_t{column->distinct()} + 1, 0);
    if (column == nullptr) {
      counts[0] = allowed.count();
    } else if (allowed.count() > segment_->size() / 2) {
      // The lengths of the document lists, less what is not allowed.
      counts[0] = segment_->size() - column->present().count();
      for (segment::Ordinal ordinal = 0; ordinal < column->distinct(); ++ordinal) {
        counts[ordinal + 1] = static_cast<DocId>(column->documents(ordinal, ordinal + 1).size());
      }
      allowed.complement().for_each([&](DocId doc) { tally(*column, doc, -1, counts); });
    } else {
      allowed.for_each([&](DocId doc) { tally(*column, doc, 1, counts); });
    }
    if (groups_[0].for_each) {
      counts[0] = 0;
    }
    std::size_t groups = 0;
    for (std::size_t at = 0; at < counts.size() && groups < groups_max; ++at) {
      if (counts[at] > 0) {
        ++groups;
        into.add({at == 0 ? wire::Value() : column->value(static_cast<std::uint32_t>(at) - 1)},
                 counted(counts[at]));
      }
    }
  }

  static void tally(const segment::Column& column, DocId doc, int step,
                    std::vector<DocId>& counts) {
    const Ordinals ordinals = column.ordinals(doc);
    if (ordinals.empty()) {
      counts[0] += static_cast<DocId>(step);
    }
    for (const segment::Ordinal ordinal : ordinals) {
      counts[ordinal + 1] += static_cast<DocId>(step);
    }
  }

  void visit(DocId doc) {
    key_.clear();
    std::optional<std::size_t> exploded;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const Ordinals ordinals = ordinals_of(key_columns_[i], doc);
      if (groups_[i].for_each) {
        exploded = i;
      }
      key_.push_back(ordinals.empty() ? U'\0' : static_cast<char32_t>(ordinals.front() + 1));
    }
    if (!exploded) {
      add(doc);
      return;
    }
    for (const segment::Ordinal ordinal : ordinals_of(key_columns_[*exploded], doc)) {
      key_[*exploded] = static_cast<char32_t>(ordinal + 1);
      add(doc);
    }
  }

  // Position of the group of key_. A single attribute needs no hashing: its ordinal is the key.
  std::size_t group() {
    if (key_.size() != 1) {
      const auto [at, fresh] = index_.try_emplace(key_, keys_.size());
      return fresh ? add_group() : at->second;
    }
    if (by_ordinal_.empty()) {
      const segment::Column* column = key_columns_[0];
      by_ordinal_.assign(column == nullptr ? 1 : std::size_t{column->distinct()} + 1, kNoGroup);
    }
    std::size_t& at = by_ordinal_[static_cast<std::size_t>(key_[0])];
    if (at == kNoGroup) {
      at = add_group();
    }
    return at;
  }

  std::size_t add_group() {
    keys_.push_back(key_);
    cells_.resize(cells_.size() + sums_.size());
    return keys_.size() - 1;
  }

  void add(DocId doc) {
    const std::size_t at = group();
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      Cell& cell = cells_[at * sums_.size() + i];
      ++cell.count;
      const Ordinals ordinals = ordinals_of(sum_columns_[i], doc);
      if (sums_[i].counts || ordinals.empty()) {
        continue;
      }
      if (sums_[i].kind == wire::Kind::kFloat) {
        cell.real += sum_columns_[i]->number_at(ordinals.front());
      } else {
        cell.whole += whole(*sum_columns_[i], ordinals.front());
      }
    }
  }

  static Wide whole(const segment::Column& column, segment::Ordinal ordinal) {
    const wire::Value value = column.value(ordinal);
    const auto* natural = std::get_if<std::uint64_t>(&value);
    return natural != nullptr ? Wide{*natural} : Wide{std::get<std::int64_t>(value)};
  }

  void emit(const Key& key, std::span<const Cell> cells, Groups& into) const {
    std::vector<wire::Value> values;
    for (std::size_t i = 0; i < key.size(); ++i) {
      values.push_back(key[i] == 0
                           ? wire::Value()
                           : key_columns_[i]->value(static_cast<std::uint32_t>(key[i]) - 1));
    }
    into.add(std::move(values), cells);
  }

  const segment::Segment* segment_;
  std::span<const Aggregation::Sum> sums_;
  std::span<const Aggregation::Group> groups_;
  std::vector<const segment::Column*> sum_columns_;
  std::vector<const segment::Column*> key_columns_;
  static constexpr std::size_t kNoGroup = ~std::size_t{0};
  Key key_;                                     // of the row at hand
  std::vector<Key> keys_;                       // by group
  Cells cells_;                                 // sums_.size() for each group
  std::vector<std::size_t> by_ordinal_;         // group of each key, for one attribute
  std::unordered_map<Key, std::size_t> index_;  // for several
};

Result<wire::AggregateValue> value_of(const Aggregation::Sum& sum, const Cell& cell) {
  const auto out_of_range = [&] {
    return refuse("the sum of attribute \"" + sum.attribute + "\" is out of the range of " +
                  (sum.kind == wire::Kind::kUint ? "uint" : "int"));
  };
  if (sum.counts) {
    return wire::AggregateValue(cell.count);
  }
  switch (sum.kind) {
    case wire::Kind::kFloat:
      return wire::AggregateValue(cell.real);
    case wire::Kind::kUint:
      if (cell.whole > Wide{std::numeric_limits<std::uint64_t>::max()}) {
        return out_of_range();
      }
      return wire::AggregateValue(static_cast<std::uint64_t>(cell.whole));
    default:
      if (cell.whole > Wide{std::numeric_limits<std::int64_t>::max()} ||
          cell.whole < Wide{std::numeric_limits<std::int64_t>::min()}) {
        return out_of_range();
      }
      return wire::AggregateValue(static_cast<std::int64_t>(cell.whole));
  }
}

Result<std::vector<wire::Aggregation>> values_of(std::span<const Aggregation::Sum> sums,
                                                 std::span<const Cell> cells) {
  std::vector<wire::Aggregation> values;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    LAYER_ASSIGN(wire::AggregateValue value, value_of(sums[i], cells[i]));
    values.push_back({.label = sums[i].label, .value = value});
  }
  return values;
}

}  // namespace

Result<wire::QueryResult> Aggregation::run(QueryContext& context) const {
  Groups groups(sums_.size());
  for (std::uint32_t s = 0; s < context.segments(); ++s) {
    LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
    LAYER_ASSIGN(SegmentGroups segment, SegmentGroups::open(context.segment(s), sums_, groups_));
    segment.count(*allowed, groups_max_, groups);
  }
  if (groups_.empty()) {
    // Of no rows at all there is still one total.
    groups.add({}, Cells(sums_.size()));
    LAYER_ASSIGN(wire::Aggregations totals, values_of(sums_, groups.cells(0)));
    return totals;
  }
  std::vector<std::size_t> order = groups.sorted();
  order.resize(std::min(order.size(), groups_max_));
  wire::AggregationGroups result;
  for (const std::size_t at : order) {
    wire::AggregationGroup group;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      group.key.emplace_back(groups_[i].alias, groups.key(at)[i]);
    }
    LAYER_ASSIGN(group.values, values_of(sums_, groups.cells(at)));
    result.push_back(std::move(group));
  }
  return result;
}

}  // namespace layer::engine::query
