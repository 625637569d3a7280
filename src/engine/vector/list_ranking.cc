#include "engine/vector/list_ranking.h"

#include <algorithm>
#include <bit>

#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {

ListRanking::ListRanking(const IndexView& view, std::span<const float> query,
                         std::span<const std::int8_t> codes, float step) {
  // Seven bits, because the kernels add two products of bytes in sixteen bits.
  std::vector<std::uint8_t> seven(view.padded);
  for (std::size_t i = 0; i < seven.size(); ++i) {
    seven[i] = static_cast<std::uint8_t>((codes[i] + 128) >> 1);
  }
  float squared = 0;
  for (float value : query) {
    squared += value * value;
  }
  // A byte b became floor((b + 128) / 2), on average 2 * seven - 127.5: the kernel knows.
  distances_.resize(view.header.lists);
  nearest_ = kernel_centroid_distances({.query = seven.data(),
                                        .padded = view.padded,
                                        .query_squared = squared,
                                        .step = step,
                                        .codes = view.centroid_codes,
                                        .squared = view.centroid_squared.data(),
                                        .steps = view.centroid_step.data(),
                                        .sums = view.centroid_sum.data()},
                                       distances_.size(), distances_.data());
}

std::span<const std::uint32_t> ListRanking::between(float begin, float end, bool sorted) {
  lists_.resize(distances_.size() + kCentroidBlock);
  lists_.resize(
      kernel_between(distances_.data(), distances_.size(), nearest_, begin, end, lists_.data()));
  if (!sorted) {
    return lists_;
  }
  keys_.clear();
  for (std::uint32_t list : lists_) {
    // Distances are not negative: their bits are in their order.
    keys_.push_back(std::uint64_t{std::bit_cast<std::uint32_t>(distances_[list])} << 32 | list);
  }
  std::ranges::sort(keys_);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    lists_[i] = static_cast<std::uint32_t>(keys_[i]);
  }
  return lists_;
}

}  // namespace layer::engine::vector
