// Merges sorted streams: calls back once for each distinct key, with every stream that stands on
// it. A stream has done(), key() and advance().
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"

namespace layer::engine::segment {

// F: Result<void>(std::span<Stream* const>), the streams in the order of `streams`. The first error
// ends the merge.
template <class Stream, class F>
Result<void> merge_streams(std::span<Stream* const> streams, F&& group) {
  // A heap with the smallest (key, place) on top; places keep groups in order.
  std::vector<std::size_t> heap;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!streams[i]->done()) {
      heap.push_back(i);
    }
  }
  const auto after = [&](std::size_t a, std::size_t b) {
    const auto order = streams[a]->key() <=> streams[b]->key();
    return order != 0 ? order > 0 : a > b;
  };
  std::ranges::make_heap(heap, after);
  std::vector<std::size_t> places;
  std::vector<Stream*> equal;
  while (!heap.empty()) {
    places.clear();
    equal.clear();
    do {
      std::ranges::pop_heap(heap, after);
      places.push_back(heap.back());
      equal.push_back(streams[heap.back()]);
      heap.pop_back();
    } while (!heap.empty() && streams[heap.front()]->key() == equal.front()->key());
    LAYER_TRY(group(std::span<Stream* const>(equal)));
    for (const std::size_t place : places) {
      streams[place]->advance();
      if (!streams[place]->done()) {
        heap.push_back(place);
        std::ranges::push_heap(heap, after);
      }
    }
  }
  return {};
}

}  // namespace layer::engine::segment
