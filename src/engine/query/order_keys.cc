#include "engine/query/order_keys.h"

#include "engine/query/segment_access.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

int sign_of(bool less, bool greater) {
  return less ? -1 : greater ? 1 : 0;
}

int compare_nulls(bool left_null, bool right_null) {
  return sign_of(left_null && !right_null, right_null && !left_null);
}

}  // namespace

Result<SegmentOrder> SegmentOrder::open(const segment::Segment& segment,
                                        std::span<const OrderBy> order) {
  SegmentOrder opened;
  opened.segment_ = &segment;
  opened.order_ = order;
  for (const OrderBy& clause : order) {
    const segment::Column* column = nullptr;
    if (!clause.on_id) {
      LAYER_ASSIGN(column, column_of(segment, clause.attr, clause.name));
    }
    opened.columns_.push_back(column);
  }
  return opened;
}

std::uint64_t SegmentOrder::key(std::size_t clause, DocId doc) const {
  std::uint64_t ascending = 0;
  if (order_[clause].on_id) {
    ascending = std::uint64_t{doc} + 1;
  } else if (columns_[clause] != nullptr) {
    const auto ordinals = columns_[clause]->ordinals(doc);
    ascending = ordinals.empty() ? 0 : std::uint64_t{ordinals.front()} + 1;
  }
  constexpr std::uint64_t kAboveAll = std::uint64_t{1} << 32;
  return order_[clause].descending ? kAboveAll - ascending : ascending;
}

bool SegmentOrder::before(DocId left, DocId right) const {
  for (std::size_t clause = 0; clause < order_.size(); ++clause) {
    const std::uint64_t left_key = key(clause, left);
    const std::uint64_t right_key = key(clause, right);
    if (left_key != right_key) {
      return left_key < right_key;
    }
  }
  return left < right;
}

int compare_across(const SegmentOrder& left_order, DocId left, const SegmentOrder& right_order,
                   DocId right) {
  for (std::size_t clause = 0; clause < left_order.order_.size(); ++clause) {
    const OrderBy& by = left_order.order_[clause];
    int order = 0;
    if (by.on_id) {
      const wire::Id left_id = left_order.segment_->id(left);
      const wire::Id right_id = right_order.segment_->id(right);
      order = sign_of(left_id < right_id, right_id < left_id);
    } else {
      const segment::Column* left_column = left_order.columns_[clause];
      const segment::Column* right_column = right_order.columns_[clause];
      const bool left_null = left_column == nullptr || left_column->ordinals(left).empty();
      const bool right_null = right_column == nullptr || right_column->ordinals(right).empty();
      order = left_null || right_null
                  ? compare_nulls(left_null, right_null)
                  : compare(*left_column, left_column->ordinals(left).front(), *right_column,
                            right_column->ordinals(right).front());
    }
    if (order != 0) {
      return by.descending ? -order : order;
    }
  }
  return 0;
}

}  // namespace layer::engine::query
