// The lists of an index by the distance of their centroids from one query. Thread safety: for one
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/vector/index_format.h"

namespace layer::engine::vector {

class ListRanking {
 public:
  // `query` is prepared; `codes` are its bytes in -127..127 with their step.
  ListRanking(const IndexView& view, std::span<const float> query,
              std::span<const std::int8_t> codes, float step);

  // Squared distance of a list's centroid, within about a thousandth of the query's length.
  float distance(std::uint32_t list) const { return distances_[list]; }
  float nearest() const { return nearest_; }
  std::size_t count() const { return distances_.size(); }

  // Lists with begin <= distance - nearest() < end: nearest first when `sorted`, else by number.
  // Valid until the next call.
  std::span<const std::uint32_t> between(float begin, float end, bool sorted);

 private:
  std::vector<float> distances_;
  float nearest_ = 0;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> lists_;
};

}  // namespace layer::engine::vector
