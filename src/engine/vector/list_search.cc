#include "engine/vector/list_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/vector/codes.h"
#include "engine/vector/distance_kernels.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Blocks scanned under one bound: a very long list is taken in pieces, so that it profits from
// what was found in its beginning.
constexpr std::size_t kBlocksAtOnce = 8;
constexpr std::size_t kFirstLists = 64;

// Unsigned integers in the order of the floats; NaN is larger than everything.
std::uint32_t order_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::isnan(value) ? 0xFFFF'FFFF : (bits & 0x8000'0000) != 0 ? ~bits : bits | 0x8000'0000;
}

}  // namespace

ListSearch::ListSearch(const IndexView& view, std::span<const float> query, std::uint32_t k,
                       const std::uint64_t* allowed, const Effort& effort)
    : view_(view),
      query_(query),
      k_(k),
      allowed_(allowed),
      effort_(effort),
      query_codes_(view.padded),
      bound_(kInfinity) {
  for (float value : query_) {
    query_squared_ += value * value;
  }
  std::int32_t sum = 0;
  query_step_ = quantise_query(query_, query_codes_, sum);
  query_middle_ = 7.5F * static_cast<float>(sum);
  slots_.resize(kBlocksAtOnce * kBlock);
}

void ListSearch::rank_lists() {
  const std::size_t lists = view_.header.lists;
  const std::size_t blocks = (lists + kCentroidBlock - 1) / kCentroidBlock;
  // Seven bits, since the product of two bytes has to fit sixteen bits twice.
  std::vector<std::uint8_t> seven(view_.padded);
  const float to_seven = 63.0F / 127.0F;
  for (std::size_t i = 0; i < seven.size(); ++i) {
    seven[i] = static_cast<std::uint8_t>(
        static_cast<int>(std::nearbyint(static_cast<float>(query_codes_[i]) * to_seven)) + 64);
  }
  const float step = query_step_ / to_seven;
  std::vector<std::int32_t> dots(blocks * kCentroidBlock);
  kernel_centroid_dots(seven.data(), view_.padded, view_.centroid_codes, blocks, dots.data());
  order_.resize(lists);
  for (std::size_t list = 0; list < lists; ++list) {
    const float dot = (static_cast<float>(dots[list]) - 64 * view_.centroid_sum[list]) *
                      view_.centroid_step[list] * step;
    const float distance = view_.centroid_squared[list] + query_squared_ - 2 * dot;
    order_[list] = std::uint64_t{order_bits(distance)} << 32 | list;
  }
}

std::uint32_t ListSearch::next_list() {
  if (taken_ == ordered_) {
    // Sorted in growing pieces: most searches need only the first.
    const std::size_t more = std::min(order_.size() - ordered_, std::max(kFirstLists, ordered_));
    const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(ordered_);
    const auto end = begin + static_cast<std::ptrdiff_t>(more);
    if (end != order_.end()) {
      std::nth_element(begin, end, order_.end());
    }
    std::sort(begin, end);
    ordered_ += more;
  }
  return static_cast<std::uint32_t>(order_[taken_++]);
}

float ListSearch::list_distance(std::uint32_t list) const {
  const VectorView centroids{reinterpret_cast<const std::byte*>(view_.centroids.data()),
                             view_.header.lists, view_.padded, ElementType::kF32};
  float distance = 0;
  kernel_distances({query_.data(), view_.padded, DistanceMetric::kEuclideanSquared, 0}, centroids,
                   nullptr, list, std::span(&distance, 1));
  return distance;
}

void ListSearch::probe() {
  table_.resize(std::size_t{view_.padded} * 4);
  const QueryTable table = make_table(query_, table_);
  table_step_ = table.step;
  table_offset_ = table.offset;
  rank_lists();
  while (taken_ < order_.size()) {
    const std::uint32_t list = next_list();
    const float base = list_distance(list);
    if (base > effort_.reach * bound_) {
      break;
    }
    scan_list(list, base);
  }
}

void ListSearch::scan_list(std::uint32_t list, float base) {
  ++stats_.lists_probed;
  BlockScan scan{.table = table_.data(),
                 .padded = view_.padded,
                 .base = base,
                 .step = table_step_,
                 .offset = table_offset_ + effort_.first_pass_errors * 0.6F * std::sqrt(base),
                 .bound = 0};
  const std::uint32_t end = view_.list_begin[list + 1];
  for (std::uint32_t block = view_.list_begin[list]; block < end; block += kBlocksAtOnce) {
    const std::size_t count = std::min<std::size_t>(kBlocksAtOnce, end - block);
    scan.bound = bound_ < kInfinity ? bound_ : std::numeric_limits<float>::max();
    const std::size_t found = kernel_scan_blocks(
        scan, view_.codes + block * block_bytes(view_.padded), count, slots_.data());
    stats_.codes_scanned += count * kBlock;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < found; ++i) {
      const std::uint32_t slot = block * kBlock + slots_[i];
      const DocId doc = view_.docs[slot];
      const bool wanted =
          doc != kNoDoc && (allowed_ == nullptr || (allowed_[doc / 64] >> (doc % 64) & 1) != 0);
      slots_[kept] = slot;
      kept += wanted ? 1 : 0;
    }
    refine(std::span(slots_.data(), kept), base);
  }
}

void ListSearch::refine(std::span<const std::uint32_t> slots, float base) {
  dots_.resize(slots.size());
  kernel_record_dots(query_codes_.data(), view_.padded, view_.records, slots, dots_.data());
  stats_.records_read += slots.size();
  const std::size_t stride = record_bytes(view_.padded);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    float factors[2];
    std::memcpy(factors, view_.records + slots[i] * stride + view_.padded / 2, sizeof(factors));
    const float dot = query_step_ * (static_cast<float>(dots_[i]) - query_middle_);
    keep(factors[0] + base - factors[1] * dot, slots[i]);
  }
}

void ListSearch::keep(float estimate, std::uint32_t slot) {
  if (!(estimate <= bound_ * (1 + effort_.slack)) && smallest_.size() >= k_) {
    return;
  }
  candidates_.push_back({estimate, slot});
  if (smallest_.size() < k_) {
    smallest_.push_back(estimate);
    std::ranges::push_heap(smallest_);
  } else if (estimate < smallest_.front()) {
    std::ranges::pop_heap(smallest_);
    smallest_.back() = estimate;
    std::ranges::push_heap(smallest_);
  }
  if (smallest_.size() == k_) {
    bound_ = std::max(smallest_.front(), 0.0F);
  }
}

void ListSearch::visit(std::span<const DocId> docs) {
  float base = 0;
  std::uint32_t list = view_.header.lists;
  std::size_t count = 0;
  for (DocId doc : docs) {
    const std::uint32_t slot = view_.doc_slot[doc];
    if (slot == kNoSlot) {
      continue;
    }
    const std::uint32_t next = view_.block_list[slot / kBlock];
    if (next != list || count == slots_.size()) {
      refine(std::span(slots_.data(), count), base);
      count = 0;
      if (next != list) {
        list = next;
        base = list_distance(list);
      }
    }
    slots_[count++] = slot;
  }
  refine(std::span(slots_.data(), count), base);
}

std::vector<DocId> ListSearch::candidates() const {
  std::vector<DocId> docs;
  const float limit = bound_ * (1 + effort_.slack);
  for (const Candidate& candidate : candidates_) {
    if (candidate.estimate <= limit || smallest_.size() < k_) {
      docs.push_back(view_.docs[candidate.slot]);
    }
  }
  return docs;
}

}  // namespace layer::engine::vector
