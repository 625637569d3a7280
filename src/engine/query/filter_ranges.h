// A leaf on the dictionary of one segment: which ordinals pass. Every test over values becomes a
// few ranges of ordinals, because dictionaries are sorted.
// Thread safety: values over immutable data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/query/filter_node.h"
#include "engine/segment/column.h"

namespace layer::engine::query {

using segment::Ordinal;

// Disjoint, ascending, not empty.
class OrdinalRanges {
 public:
  void add(Ordinal begin, Ordinal end);  // ascending calls; neighbours are joined

  std::span<const std::pair<Ordinal, Ordinal>> ranges() const { return ranges_; }
  bool contains(Ordinal ordinal) const {
    if (ranges_.size() == 1) {
      return ordinal >= ranges_[0].first && ordinal < ranges_[0].second;
    }
    const auto after =
        std::ranges::upper_bound(ranges_, ordinal, {}, &std::pair<Ordinal, Ordinal>::first);
    return after != ranges_.begin() && ordinal < std::prev(after)->second;
  }
  // Entries of the column's document lists: an upper bound of the documents, cheap to know.
  std::uint64_t entries(const segment::Column& column) const;

 private:
  std::vector<std::pair<Ordinal, Ordinal>> ranges_;
};

// Ordinals of values that pass an kAnyOf or kRange leaf. Cost: binary searches.
OrdinalRanges value_ranges(const Leaf& leaf, const segment::Column& column);
// Ordinals of all values that match a kPattern leaf. Cost: one match for each distinct value that
// shares the pattern's literal prefix.
OrdinalRanges pattern_ranges(const Leaf& leaf, const segment::Column& column);
// The same, tried only on these ordinals (ascending).
OrdinalRanges pattern_ranges(const Leaf& leaf, const segment::Column& column,
                             std::span<const Ordinal> ordinals);

// Documents with a value in the ranges, deleted ones included.
DocSet documents_in(const segment::Column& column, const OrdinalRanges& ranges, DocId universe);

}  // namespace layer::engine::query
