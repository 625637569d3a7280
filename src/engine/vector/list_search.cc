#include "engine/vector/list_search.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/vector/codes.h"

namespace layer::engine::vector {
namespace {

// Blocks scanned under one bound: a very long list is taken in pieces, so that it profits from
// what was found in its beginning.
constexpr std::size_t kBlocksAtOnce = 8;
// Standard error of an estimate, as a share of scale * |q - c|: for one bit the part of a residual
// that its signs miss, for four bits that of their steps.
constexpr float kFirstPassError = 0.6F;
constexpr float kSecondPassError = 0.31F;
// Bytes of a list asked for ahead; the processor follows a longer one by itself.
constexpr std::size_t kPrefetchMax = 16384;
constexpr std::size_t kListsAhead = 3;
// Lists are read in order of distance up to this share of the reach; beyond, in any order.
constexpr float kSortedShare = 0.3F;
// Keeps bands growing where all distances are alike.
constexpr float kLeastReach = 1e-6F;
// How far one call of visit() goes under one bound.
constexpr std::size_t kVisitAtOnce = 512;

std::vector<std::int8_t> bytes_of(std::span<const float> query, float& step, float& middle) {
  std::vector<std::int8_t> codes(query.size());
  std::int32_t sum = 0;
  step = quantise_query(query, codes, sum);
  middle = 7.5F * static_cast<float>(sum);
  return codes;
}

}  // namespace

void SmallestK::push(float value) {
  if (heap_.size() < k_) {
    heap_.push_back(value);
    std::ranges::push_heap(heap_);
  } else if (value < heap_.front()) {
    std::ranges::pop_heap(heap_);
    heap_.back() = value;
    std::ranges::push_heap(heap_);
  }
  if (heap_.size() == k_) {
    bound_ = std::max(heap_.front(), 0.0F);
  }
}

ListSearch::ListSearch(const IndexView& view, std::span<const float> query, std::uint32_t k,
                       const std::uint64_t* allowed, const Effort& effort)
    : view_(view),
      query_(query),
      allowed_(allowed),
      effort_(effort),
      query_codes_(bytes_of(query, query_step_, query_middle_)),
      ranking_(view, query, query_codes_, query_step_),
      nearest_(k),
      reference_(std::min(k, kReferenceNeighbors)),
      use_reference_(allowed != nullptr || k > kReferenceNeighbors),
      survivors_(kBlocksAtOnce * kBlock) {}

float ListSearch::reach() const {
  if (!nearest_.full()) {
    return std::numeric_limits<float>::infinity();
  }
  const float reference = use_reference_ ? reference_.bound() : nearest_.bound();
  const float farther = nearest_.bound() - std::min(reference, effort_.usual);
  return farther > 0 ? effort_.reach + effort_.growth * farther : effort_.reach;
}

void ListSearch::probe() {
  table_.resize(std::size_t{view_.padded} * 4);
  const QueryTable table = make_table(query_, table_);
  table_step_ = table.step;
  table_offset_ = table.offset;
  // Bands of growing distance. The first is sorted and makes the bound tight; all of the second is
  // read anyway, unless a filter is at work; most searches end with it.
  float begin = 0;
  float end = effort_.reach * kSortedShare;
  for (bool first = true, last = false; !last; first = false) {
    last = !std::isfinite(end);
    read_lists(ranking_.between(begin, end, first));
    if (nearest_.full() && end > reach()) {
      return;
    }
    begin = end;
    end = first ? effort_.reach + kLeastReach : std::max(2 * end, kLeastReach);
  }
}

void ListSearch::read_lists(std::span<const std::uint32_t> lists) {
  std::size_t ahead = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (; ahead < std::min(i + kListsAhead, lists.size()); ++ahead) {
      prefetch(lists[ahead]);
    }
    if (ranking_.distance(lists[i]) - ranking_.nearest() <= reach()) {
      scan_list(lists[i]);
    }
  }
}

// Lists lie apart, and scanning one is waiting for memory unless it was asked for in time.
void ListSearch::prefetch(std::uint32_t list) const {
  const std::size_t block = block_bytes(view_.padded);
  const std::size_t begin = view_.list_begin[list] * block;
  const std::size_t end = std::min(view_.list_begin[list + 1] * block, begin + kPrefetchMax);
  for (std::size_t at = begin; at < end; at += 64) {
    __builtin_prefetch(view_.codes + at, 0, 2);
  }
  const std::size_t slots_end = std::size_t{view_.list_begin[list + 1]} * kBlock;
  for (std::size_t slot = view_.list_begin[list] * std::size_t{kBlock}; slot < slots_end;
       slot += 64 / sizeof(DocId)) {
    __builtin_prefetch(view_.docs.data() + slot, 0, 2);
  }
}

void ListSearch::scan_list(std::uint32_t list) {
  ++stats_.lists_probed;
  const float base = ranking_.distance(list);
  const float allowance = effort_.first_pass_errors * kFirstPassError * std::sqrt(base);
  BlockScan scan{.table = table_.data(),
                 .padded = view_.padded,
                 .base = base,
                 .step = table_step_,
                 .offset = table_offset_ + allowance,
                 .bound = 0};
  const std::uint32_t end = view_.list_begin[list + 1];
  for (std::uint32_t block = view_.list_begin[list]; block < end; block += kBlocksAtOnce) {
    const std::size_t count = std::min<std::size_t>(kBlocksAtOnce, end - block);
    scan.bound = std::min(nearest_.bound(), std::numeric_limits<float>::max());
    const std::size_t found = kernel_scan_blocks(
        scan, view_.codes + block * block_bytes(view_.padded), count, survivors_.data());
    stats_.codes_scanned += count * kBlock;
    advance(block * kBlock, std::span(survivors_.data(), found));
  }
}

// Sends survivors on. While the bound is loose many survive, so the most promising go first and the
// others have to pass the bound that those leave.
void ListSearch::advance(std::uint32_t first_slot, std::span<Survivor> survivors) {
  const std::size_t leaders = 2 * nearest_.size_wanted();
  if (survivors.size() > 2 * leaders) {
    std::ranges::nth_element(survivors, survivors.begin() + static_cast<std::ptrdiff_t>(leaders),
                             {}, &Survivor::estimate);
    select(first_slot, survivors.first(leaders));
    refine(wanted_);
    survivors = survivors.subspan(leaders);
  }
  select(first_slot, survivors);
  refine(wanted_);
}

// Which survivors go on: the allowed ones, and of the others those that tell how dense the
// neighbourhood would be without the filter.
void ListSearch::select(std::uint32_t first_slot, std::span<const Survivor> survivors) {
  wanted_.clear();
  const float bound = nearest_.bound();
  const float reference = reference_.bound();
  for (const Survivor& survivor : survivors) {
    const DocId doc = view_.docs[first_slot + survivor.position];
    if (doc != kNoDoc && survivor.estimate < (is_allowed(doc) ? bound : reference) &&
        seen_.add(doc)) {
      wanted_.push_back(doc);
      __builtin_prefetch(view_.doc_list.data() + doc);
      const std::byte* record = view_.records + doc * record_bytes(view_.padded);
      for (std::size_t at = 0; at < record_bytes(view_.padded); at += 64) {
        __builtin_prefetch(record + at);
      }
    }
  }
}

void ListSearch::refine(std::span<const DocId> docs) {
  dots_.resize(docs.size());
  kernel_record_dots(query_codes_.data(), view_.padded, view_.records, docs, dots_.data());
  stats_.records_read += docs.size();
  const std::size_t stride = record_bytes(view_.padded);
  for (std::size_t i = 0; i < docs.size(); ++i) {
    const DocId doc = docs[i];
    const std::uint32_t list = view_.doc_list[doc];
    if (list == kNoList) {
      continue;
    }
    CodeFactors factors;
    std::memcpy(&factors, view_.records + doc * stride + view_.padded / 2, sizeof(factors));
    const float base = ranking_.distance(list);
    const float dot = query_step_ * (static_cast<float>(dots_[i]) - query_middle_);
    const float estimate = factors.add + base - factors.scale * dot;
    if (use_reference_) {
      reference_.push(estimate);
      if (!is_allowed(doc)) {
        continue;
      }
    }
    const float error =
        effort_.second_pass_errors * kSecondPassError * factors.scale * std::sqrt(base);
    // Written so that a damaged NaN is kept: the exact pass puts it right.
    if (!(estimate - error > nearest_.bound())) {
      candidates_.push_back({estimate - error, doc});
      nearest_.push(estimate);
    }
  }
}

void ListSearch::visit(std::span<const DocId> docs) {
  for (std::size_t first = 0; first < docs.size(); first += kVisitAtOnce) {
    refine(docs.subspan(first, std::min(kVisitAtOnce, docs.size() - first)));
  }
}

std::vector<DocId> ListSearch::candidates() const {
  std::vector<DocId> docs;
  for (const Candidate& candidate : candidates_) {
    if (!(candidate.nearest_possible > nearest_.bound())) {
      docs.push_back(candidate.doc);
    }
  }
  return docs;
}

}  // namespace layer::engine::vector
