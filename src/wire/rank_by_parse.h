// rank_by expressions from JSON. Thread safety: free functions.
#pragma once

#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/path.h"
#include "wire/rank_by.h"

namespace layer::wire {

// A filter's shape is one of rank_by's, so the first name decides: Sum, Max, Product, And, Or, Not,
// Attribute, Dist, Saturate and Decay by position 0, everything else by the operator in position 1.
// Errors: 422 for what is none of the shapes; 400 for an empty list, too many clauses, negative
// scalars, clauses where they cannot stand, vectors and expressions beyond their limits.
Result<RankBy> parse_rank_by(const json::Value& value, const json::Path& path);

// A score expression alone, as rank_fragments_by takes it.
Result<ScoreExpr> parse_score(const json::Value& value, const json::Path& path);

// A query vector, or several: arrays of numbers, base64 of little-endian f32, or an array of those.
Result<QueryVectors> parse_query_vectors(const json::Value& value, const json::Path& path);

// The BM25 clauses of `rank_by` over `attribute`, in the order written: what a highlight ranks its
// fragments by when the query does not say. Pointers into `rank_by`.
std::vector<const ScoreExpr*> bm25_clauses(const RankBy& rank_by, std::string_view attribute);

}  // namespace layer::wire
