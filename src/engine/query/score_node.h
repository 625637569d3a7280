// A score expression bound to a schema. Leaves point into flat lists of clauses and filters, so
// that preparing them for a snapshot or a segment is a loop, not a walk.
// Thread safety: immutable once bound.
#pragma once

#include <string>
#include <vector>

#include "engine/query/bm25_clause.h"
#include "engine/query/execute.h"
#include "wire/rank_by.h"

namespace layer::engine::query {

struct ScoreNode {
  using Op = wire::ScoreExpr::Op;
  Op op = Op::kConstant;
  std::vector<ScoreNode> children{};
  std::size_t index = 0;  // kBm25: in clauses; kFilter: in filters
  AttrId attr = 0;        // kAttribute, kDist
  std::string attribute{};
  wire::Value origin{};            // kDist
  bool needs_value = false;        // kDist below a curve: rows without a value do not match
  float constant = 0;              // kConstant
  float midpoint_to_exponent = 1;  // kSaturate, kDecay: m^e
  float exponent = 1;
};

struct BoundScore {
  ScoreNode root;
  std::vector<Bm25Clause> clauses;
  std::vector<BoundFilter> filters;
  // Holds an attribute-derived part: every row that passes the request's filters appears, with a
  // score of zero too. Otherwise only rows that some clause matches do.
  bool everywhere = false;
  // Only sums, maxima and weights over BM25 clauses: bounds of terms add up to bounds of rows.
  bool bounded = false;
};

// Errors: 400 as the wire words them.
Result<BoundScore> bind_score(const wire::Schema& schema, const wire::ScoreExpr& expr);

// x^e / (x^e + m^e) and m^e / (x^e + m^e); negative x counts as 0.
float saturate(const ScoreNode& node, float x);
float decay(const ScoreNode& node, float x);

// The score of a `bounded` expression from those of its clauses, in the order and the arithmetic
// of the general evaluation.
float combine(const ScoreNode& node, const std::vector<float>& clause_scores);

}  // namespace layer::engine::query
