// Lists of the same ranking from different shards, merged as they come; what cannot be among the
// first rows is dropped at once. Thread safety: one task's own object.
#pragma once

#include <cstddef>
#include <vector>

#include "features/legs/rank_order.h"

namespace layer::features::legs {

class ListMerge {
 public:
  // The order outlives it.
  ListMerge(const RankOrder& order, std::size_t limit) : order_(&order), limit_(limit) {}

  // Rows of one shard, in the store's order. The first list is kept as it is until another comes.
  void add(std::vector<RankedRow> rows);
  std::size_t rows() const { return rows_.size(); }
  std::size_t bytes() const { return bytes_; }  // of the texts that are held
  std::vector<RankedRow> take() && { return std::move(rows_); }

 private:
  const RankOrder* order_;
  std::size_t limit_;
  std::vector<RankedRow> rows_{};
  std::size_t bytes_ = 0;
  bool sorted_ = false;
};

}  // namespace layer::features::legs
