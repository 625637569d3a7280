// The best documents of one segment for a bounded expression (sums, maxima and weights over BM25
// clauses) without scoring them all: MaxScore over the terms, refined by the bounds of blocks.
// Scores equal those of the general evaluation bit for bit.
// Source: Turtle & Flood 1995 (MaxScore); Ding & Suel 2011 (block-max indexes).
// Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/query/bm25_segment.h"
#include "engine/query/hit.h"
#include "engine/query/score_node.h"

namespace layer::engine::query {

struct TopStats {
  std::uint64_t scored = 0;  // documents whose full score was formed
};

// `allowed` must be kept as a bitmap, null: every document. `clauses` as in BoundScore::clauses.
void best_by_bm25(const ScoreNode& root, const std::vector<SegmentClause>& clauses,
                  const DocSet* allowed, TopScores& top, TopStats& stats);

}  // namespace layer::engine::query
