#include "features/legs/list_merge.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace layer::features::legs {

void ListMerge::add(std::vector<RankedRow> rows) {
  const auto before = [this](const RankedRow& left, const RankedRow& right) {
    return comes_before(*order_, left, right);
  };
  if (rows_.empty()) {
    rows_ = std::move(rows);
    sorted_ = false;
  } else if (!rows.empty()) {
    if (!sorted_) {
      std::ranges::sort(rows_, before);
      sorted_ = true;
    }
    std::ranges::sort(rows, before);
    std::vector<RankedRow> merged;
    merged.reserve(rows_.size() + rows.size());
    std::merge(std::move_iterator(rows_.begin()), std::move_iterator(rows_.end()),
               std::move_iterator(rows.begin()), std::move_iterator(rows.end()),
               std::back_inserter(merged), before);
    rows_ = std::move(merged);
  }
  if (rows_.size() > limit_) {
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(limit_), rows_.end());
  }
  bytes_ = 0;
  for (const RankedRow& row : rows_) {
    bytes_ += row.text.size();
  }
}

}  // namespace layer::features::legs
