#include "engine/query/filter_ranges.h"

#include <string>

namespace layer::engine::query {
namespace {

// Ordinals whose strings start with `prefix`.
std::pair<Ordinal, Ordinal> prefix_range(const segment::Column& column, std::string_view prefix) {
  if (prefix.empty()) {
    return {0, column.distinct()};
  }
  const Ordinal begin = column.lower_bound(wire::Value(std::string(prefix)));
  std::string after(prefix);
  while (!after.empty() && static_cast<unsigned char>(after.back()) == 0xFF) {
    after.pop_back();
  }
  if (after.empty()) {
    return {begin, column.distinct()};
  }
  after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
  return {begin, column.lower_bound(wire::Value(after))};
}

DocSet union_of(const segment::Column& column, std::span<const std::pair<Ordinal, Ordinal>> ranges,
                std::uint64_t entries, DocId universe) {
  if (entries <= universe / 32) {
    std::vector<DocId> docs;
    docs.reserve(entries);
    for (const auto& [begin, end] : ranges) {
      const auto slice = column.documents(begin, end);
      docs.insert(docs.end(), slice.begin(), slice.end());
    }
    return DocSet::unsorted(universe, docs);
  }
  std::vector<std::uint64_t> words((static_cast<std::size_t>(universe) + 63) / 64, 0);
  for (const auto& [begin, end] : ranges) {
    for (const DocId doc : column.documents(begin, end)) {
      words[doc / 64] |= std::uint64_t{1} << (doc % 64);
    }
  }
  return DocSet::from_words(universe, std::move(words));
}

}  // namespace

void OrdinalRanges::add(Ordinal begin, Ordinal end) {
  if (begin >= end) {
    return;
  }
  if (!ranges_.empty() && ranges_.back().second == begin) {
    ranges_.back().second = end;
    return;
  }
  ranges_.emplace_back(begin, end);
}

std::uint64_t OrdinalRanges::entries(const segment::Column& column) const {
  std::uint64_t total = 0;
  for (const auto& [begin, end] : ranges_) {
    total += column.documents(begin, end).size();
  }
  return total;
}

OrdinalRanges value_ranges(const Leaf& leaf, const segment::Column& column) {
  OrdinalRanges ranges;
  if (leaf.test == Leaf::Test::kAnyOf) {
    for (const wire::Value& value : leaf.values) {
      ranges.add(column.lower_bound(value), column.upper_bound(value));
    }
    return ranges;
  }
  Ordinal begin = 0;
  Ordinal end = column.distinct();
  if (leaf.lower) {
    begin = leaf.lower->inclusive ? column.lower_bound(leaf.lower->value)
                                  : column.upper_bound(leaf.lower->value);
  }
  if (leaf.upper) {
    end = leaf.upper->inclusive ? column.upper_bound(leaf.upper->value)
                                : column.lower_bound(leaf.upper->value);
  }
  ranges.add(begin, end);
  return ranges;
}

OrdinalRanges pattern_ranges(const Leaf& leaf, const segment::Column& column) {
  OrdinalRanges ranges;
  const auto [begin, end] = prefix_range(column, leaf.pattern->literal_prefix());
  for (Ordinal ordinal = begin; ordinal < end; ++ordinal) {
    if (leaf.pattern->matches(column.string_at(ordinal))) {
      ranges.add(ordinal, ordinal + 1);
    }
  }
  return ranges;
}

OrdinalRanges pattern_ranges(const Leaf& leaf, const segment::Column& column,
                             std::span<const Ordinal> ordinals) {
  OrdinalRanges ranges;
  for (const Ordinal ordinal : ordinals) {
    if (leaf.pattern->matches(column.string_at(ordinal))) {
      ranges.add(ordinal, ordinal + 1);
    }
  }
  return ranges;
}

DocSet documents_in(const segment::Column& column, const OrdinalRanges& ranges, DocId universe) {
  const std::uint64_t entries = ranges.entries(column);
  if (column.type().array || entries <= universe / 2) {
    return union_of(column, ranges.ranges(), entries, universe);
  }
  // A scalar lies in one list only: what the gaps hold is the rest, and here it is the smaller
  // part.
  OrdinalRanges gaps;
  Ordinal from = 0;
  for (const auto& [begin, end] : ranges.ranges()) {
    gaps.add(from, begin);
    from = end;
  }
  gaps.add(from, column.distinct());
  DocSet rest = union_of(column, gaps.ranges(), gaps.entries(column), universe);
  DocSet docs = column.present();
  return docs.subtract(rest);
}

}  // namespace layer::engine::query
