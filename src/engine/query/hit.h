// A ranked document before its row is read, and the order of hits across segments.
// Thread safety: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/segment/snapshot.h"

namespace layer::engine::query {

struct Hit {
  std::uint32_t segment = 0;  // index in Snapshot::segments
  DocId doc = 0;
  float score = 0;  // distance or score; unused where the ranking has none
};

// Ascending id, the last tie-break of every ranking. Documents lie by id in their segment, so only
// hits of different segments compare ids.
inline bool id_less(const Snapshot& snapshot, const Hit& left, const Hit& right) {
  if (left.segment == right.segment) {
    return left.doc < right.doc;
  }
  return snapshot.segments[left.segment].segment->id(left.doc) <
         snapshot.segments[right.segment].segment->id(right.doc);
}

// Keeps the `count` first of `hits` in the order of `before`, sorted.
template <class T, class Before>
void keep_first(std::vector<T>& hits, std::size_t count, Before before) {
  if (hits.size() > count) {
    const auto end = hits.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(hits.begin(), end, hits.end(), before);
    hits.erase(end, hits.end());
  }
  std::sort(hits.begin(), hits.end(), before);
}

// The `count` first of `lists`, each of which is in the order of `before`. Runs of one list are
// found by galloping: lists that hardly overlap cost a few comparisons, not one a hit.
template <class Before>
std::vector<Hit> merge_first(std::span<const std::vector<Hit>> lists, std::size_t count,
                             Before before) {
  std::vector<std::span<const Hit>> rests;
  for (const std::vector<Hit>& list : lists) {
    if (!list.empty()) {
      rests.emplace_back(list);
    }
  }
  const auto later = [&](std::span<const Hit> left, std::span<const Hit> right) {
    return before(right.front(), left.front());
  };
  std::ranges::make_heap(rests, later);
  std::vector<Hit> merged;
  while (!rests.empty() && merged.size() < count) {
    std::ranges::pop_heap(rests, later);
    std::span<const Hit>& first = rests.back();
    std::size_t run = std::min(first.size(), count - merged.size());
    if (rests.size() > 1) {
      const Hit& next = rests.front().front();
      std::size_t step = 1;
      while (step < run && before(first[step], next)) {
        step *= 2;
      }
      const auto tried = first.subspan(step / 2, std::min(step, run) - step / 2);
      const auto end =
          std::ranges::partition_point(tried, [&](const Hit& hit) { return before(hit, next); });
      run = step / 2 + static_cast<std::size_t>(end - tried.begin());
    }
    run = std::max<std::size_t>(run, 1);
    merged.insert(merged.end(), first.begin(), first.begin() + static_cast<std::ptrdiff_t>(run));
    first = first.subspan(run);
    if (first.empty()) {
      rests.pop_back();
    } else {
      std::ranges::push_heap(rests, later);
    }
  }
  return merged;
}

// Best first: by score in the given direction, then by id.
inline void keep_best(const Snapshot& snapshot, std::vector<Hit>& hits, std::size_t count,
                      bool ascending) {
  keep_first(hits, count, [&](const Hit& left, const Hit& right) {
    if (left.score != right.score) {
      return ascending ? left.score < right.score : left.score > right.score;
    }
    return id_less(snapshot, left, right);
  });
}

// The k best hits of one segment while its documents are visited in ascending order: a document
// that only equals the worst kept one comes too late. Scores descending.
class TopScores {
 public:
  // Scores must exceed `floor` from the beginning.
  TopScores(std::size_t k, float floor) : k_(k), floor_(floor) {
    heap_.reserve(std::min<std::size_t>(k, 1024));
  }

  // What a score must exceed to be kept. Never falls.
  float threshold() const { return heap_.size() < k_ || k_ == 0 ? floor_ : heap_.front().score; }

  void add(DocId doc, float score) {
    if (k_ == 0 || !(score > threshold())) {
      return;
    }
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end(), worst_on_top);
      heap_.pop_back();
    }
    heap_.push_back({.doc = doc, .score = score});
    std::push_heap(heap_.begin(), heap_.end(), worst_on_top);
  }

  void take(std::uint32_t segment, std::vector<Hit>& out) {
    for (Hit& hit : heap_) {
      hit.segment = segment;
      out.push_back(hit);
    }
    heap_.clear();
  }

 private:
  // Lowest score, then highest document.
  static bool worst_on_top(const Hit& left, const Hit& right) {
    return left.score != right.score ? left.score > right.score : left.doc < right.doc;
  }

  std::size_t k_;
  float floor_;
  std::vector<Hit> heap_;
};

}  // namespace layer::engine::query
