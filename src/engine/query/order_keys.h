// Sort keys of attribute order: within a segment the ordinals of its dictionaries, across segments
// the values behind them. Nulls come first ascending, last descending, clause by clause.
// Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "engine/query/hit.h"
#include "engine/query/query_context.h"

namespace layer::engine::query {

struct OrderBy {
  bool on_id = false;
  AttrId attr = 0;
  std::string name;
  bool descending = false;
};

// The columns of some clauses in one segment.
class SegmentOrder {
 public:
  static Result<SegmentOrder> open(const segment::Segment& segment, std::span<const OrderBy> order);

  // Sorts ascending within this segment: 0 for null, else the ordinal from 1, mirrored for
  // descending clauses.
  std::uint64_t key(std::size_t clause, DocId doc) const;
  bool before(DocId left, DocId right) const;

  const segment::Column* column(std::size_t clause) const { return columns_[clause]; }

  // Negative, zero or positive: documents of two segments by clause values, without ids.
  friend int compare_across(const SegmentOrder& left_order, DocId left,
                            const SegmentOrder& right_order, DocId right);

 private:
  const segment::Segment* segment_ = nullptr;
  std::span<const OrderBy> order_;
  std::vector<const segment::Column*> columns_;  // null: all missing, or the id
};

}  // namespace layer::engine::query
