// What one sub-query works on: the snapshot, its bound filter, and per segment the documents that
// are live and pass it, computed once.
// Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/query/execute.h"

namespace layer::engine::query {

class QueryContext {
 public:
  QueryContext(const Snapshot& snapshot, std::optional<BoundFilter> filter)
      : snapshot_(snapshot), filter_(std::move(filter)), allowed_(snapshot.segments.size()) {}

  const Snapshot& snapshot() const { return snapshot_; }
  const wire::Schema& schema() const { return *snapshot_.schema; }
  std::uint32_t segments() const { return static_cast<std::uint32_t>(snapshot_.segments.size()); }
  const segment::Segment& segment(std::uint32_t index) const {
    return *snapshot_.segments[index].segment;
  }
  bool filtered() const { return filter_.has_value(); }

  // Live documents of a segment that pass the filter. Errors: kConflict, kCorrupt.
  Result<const DocSet*> allowed(std::uint32_t index) {
    if (!allowed_[index]) {
      const SegmentView& view = snapshot_.segments[index];
      if (filter_) {
        LAYER_ASSIGN(allowed_[index], filter_->evaluate(view));
      } else {
        allowed_[index] = view.deleted->complement();
      }
    }
    return &*allowed_[index];
  }

 private:
  const Snapshot& snapshot_;
  std::optional<BoundFilter> filter_;
  std::vector<std::optional<DocSet>> allowed_;
};

}  // namespace layer::engine::query
