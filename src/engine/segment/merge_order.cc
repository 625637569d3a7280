#include "engine/segment/merge_order.h"

#include <fmt/format.h>

#include <algorithm>

namespace layer::engine::segment {
namespace {

// A live document of each input, the smallest id on top.
class Frontier {
 public:
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;
  explicit Frontier(std::span<const MergeInput> inputs) : inputs_(inputs), after_{this} {
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
      push({.input = i, .doc = 0});
    }
  }

  bool empty() const { return heap_.empty(); }
  Origin pop() {
    std::ranges::pop_heap(heap_, after_);
    const Origin top = heap_.back();
    heap_.pop_back();
    push({.input = top.input, .doc = top.doc + 1});
    return top;
  }
  std::strong_ordering compare(const Origin& a, const Origin& b) const {
    return IdIndex::compare(inputs_[a.input].segment->ids(), a.doc, inputs_[b.input].segment->ids(),
                            b.doc);
  }

 private:
  void push(Origin at) {
    const MergeInput& input = inputs_[at.input];
    while (at.doc < input.segment->size() && input.deleted->contains(at.doc)) {
      ++at.doc;
    }
    if (at.doc < input.segment->size()) {
      heap_.push_back(at);
      std::ranges::push_heap(heap_, after_);
    }
  }

  struct After {
    const Frontier* frontier;
    bool operator()(const Origin& a, const Origin& b) const { return frontier->compare(a, b) > 0; }
  };

  std::span<const MergeInput> inputs_;
  After after_;
  std::vector<Origin> heap_;
};

}  // namespace

Result<MergeOrder> merge_order(std::span<const MergeInput> inputs) {
  MergeOrder order;
  std::uint64_t live = 0;
  for (const MergeInput& input : inputs) {
    if (input.deleted->universe() != input.segment->size()) {
      return fail(ErrorCode::kInternal, "the deleted documents are of another segment");
    }
    if (input.segment->size() > 0 &&
        input.segment->ids().type() != inputs.front().segment->ids().type()) {
      return fail(ErrorCode::kInternal, "the merged segments have ids of different types");
    }
    live += input.segment->size() - input.deleted->count();
    order.maps.emplace_back(input.segment->size(), kDropped);
  }
  if (live > kDocumentsMax) {
    return fail(ErrorCode::kInternal, "too many documents for one segment");
  }
  order.origins.reserve(live);
  for (Frontier frontier(inputs); !frontier.empty();) {
    const Origin next = frontier.pop();
    if (!order.origins.empty() && frontier.compare(order.origins.back(), next) == 0) {
      return fail(ErrorCode::kInternal,
                  fmt::format("the document {} is live in two merged segments",
                              wire::to_string(inputs[next.input].segment->id(next.doc))));
    }
    order.maps[next.input][next.doc] = static_cast<DocId>(order.origins.size());
    order.origins.push_back(next);
  }
  return order;
}

}  // namespace layer::engine::segment
