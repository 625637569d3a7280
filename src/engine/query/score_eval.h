// The general evaluation of a score expression over documents of one segment: node by node over
// batches, so that each structure is read in order.
// Thread safety: belongs to one thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/query/bm25_segment.h"
#include "engine/query/score_node.h"

namespace layer::engine::query {

class Scorer {
 public:
  virtual ~Scorer() = default;
  // Fills score and match of each document; score is 0 where nothing matches. Documents ascend
  // within a call and from call to call.
  virtual void score(std::span<const DocId> docs, std::span<float> scores,
                     std::span<std::uint8_t> matched) = 0;
};

// What the leaves of an expression need in one segment.
struct SegmentScore {
  const SegmentView* view = nullptr;
  std::vector<SegmentClause> clauses;  // as in BoundScore::clauses
  std::vector<DocSet> filters;         // as in BoundScore::filters, live documents
};

// Errors: kConflict while an index is being built, kCorrupt.
Result<SegmentScore> open_score(const BoundScore& bound, const std::vector<PreparedBm25>& prepared,
                                const SegmentView& view, std::uint32_t segment);

// `opened` must outlive the scorer; its clauses' cursors are copied.
Result<std::unique_ptr<Scorer>> make_scorer(const ScoreNode& node, const SegmentScore& opened);

// Documents that some clause or filter of the expression matches, deleted ones included.
DocSet matching_documents(const ScoreNode& node, const SegmentScore& opened);

}  // namespace layer::engine::query
