// One BM25 clause: bound to a schema, then prepared against a snapshot, where each term gets its
// weight from the statistics of the whole namespace.
// Thread safety: immutable once made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "engine/segment/snapshot.h"
#include "engine/text/bm25.h"
#include "wire/rank_by.h"

namespace layer::engine::query {

struct Bm25Clause {
  AttrId attr = 0;
  std::string attribute;
  wire::FullTextConfig config;
  wire::Literal operand;
  bool last_as_prefix = false;
};

// Errors: 400 as the wire words them.
Result<Bm25Clause> bind_bm25(const wire::Schema& schema, const wire::ScoreExpr& expr);

struct WeightedTerm {
  std::string text;
  text::Bm25Weight weight;
};

// The clause under one analysis. Terms in the order of their first occurrence, which is the order
// their contributions are added in.
struct Bm25Terms {
  std::vector<WeightedTerm> terms;
  std::optional<std::string> prefix;  // exactly 1 for documents with a token that starts so
};

// A clause ready to score the documents of a snapshot. Segments that wait for a rebuild still have
// the tokens of an older analysis, and are asked for those.
class PreparedBm25 {
 public:
  static Result<PreparedBm25> prepare(const Snapshot& snapshot, const Bm25Clause& clause);

  const Bm25Terms& terms(std::uint32_t segment) const { return variants_[by_segment_[segment]]; }
  AttrId attr() const { return attr_; }

 private:
  AttrId attr_ = 0;
  std::vector<Bm25Terms> variants_;
  std::vector<std::uint32_t> by_segment_;
};

}  // namespace layer::engine::query
