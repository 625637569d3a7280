// Highlight: the fragments of a value that answer a query best, with what matched in them.
// Each fragment is scored by BM25 among the fragments of its own value.
// Thread safety: immutable once compiled; run() from many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "wire/query.h"
#include "wire/rank_by.h"
#include "wire/response.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::text {

// The pseudo attribute that rank_fragments_by ranks over.
inline constexpr std::string_view kFragmentAttribute = "$fragment";

// The scoring that a query's own ranking implies for an attribute: its BM25 clauses on it, summed.
// Nothing when there is none.
std::optional<wire::ScoreExpr> implied_fragment_score(const wire::RankBy& rank_by,
                                                      std::string_view attribute);

class Highlighter {
 public:
  // `score` is options.rank_fragments_by or what implied_fragment_score() found; its BM25 clauses
  // must be over $fragment or the highlighted attribute. Errors, all kInvalidArgument: an
  // expression of anything but BM25, Sum, Max and Product; a pre-tokenized attribute; a
  // fragment_limit outside 1..1024.
  static Result<Highlighter> compile(const wire::FullTextConfig& config,
                                     const wire::Highlight& options, const wire::ScoreExpr& score);

  // Best fragments first, equal scores by place. Values that are no text give nothing.
  // Cost: one analysis of the value plus work for what matches.
  wire::HighlightResult run(const wire::Value& value) const;

  struct Program;

 private:
  std::shared_ptr<const Program> program_;
};

}  // namespace layer::engine::text
