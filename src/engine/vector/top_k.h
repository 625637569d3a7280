// The k nearest seen so far. Thread safety: a value for one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engine/vector/index.h"

namespace layer::engine::vector {

class TopK {
 public:
  explicit TopK(std::uint32_t k) : k_(k) {}

  bool full() const { return heap_.size() >= k_; }
  // What a newcomer has to beat; infinity until k were seen.
  float bound() const {
    return heap_.empty() || !full() ? std::numeric_limits<float>::infinity()
                                    : heap_.front().distance;
  }
  // O(log k), O(1) when it is not among the nearest. Equal distances: the lower document wins.
  void push(Neighbor neighbor) {
    if (!full()) {
      heap_.push_back(neighbor);
      std::ranges::push_heap(heap_);
    } else if (k_ > 0 && neighbor < heap_.front()) {
      std::ranges::pop_heap(heap_);
      heap_.back() = neighbor;
      std::ranges::push_heap(heap_);
    }
  }
  // Ascending by (distance, doc); leaves nothing behind.
  std::vector<Neighbor> take() {
    std::ranges::sort_heap(heap_);
    return std::exchange(heap_, {});
  }

 private:
  std::uint32_t k_;
  std::vector<Neighbor> heap_;  // the farthest on top
};

}  // namespace layer::engine::vector
