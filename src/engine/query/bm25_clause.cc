#include "engine/query/bm25_clause.h"

#include <algorithm>

#include "engine/query/errors.h"
#include "engine/query/query_tokens.h"
#include "engine/query/text_stats.h"
#include "engine/text/token_query.h"

namespace layer::engine::query {
namespace {

Bm25Terms weigh(const Bm25Clause& clause, const wire::FullTextConfig& analysis,
                const FieldStats& stats) {
  const auto query = text::TokenQuery::of(analysis, clause.operand, clause.last_as_prefix);
  Bm25Terms weighted;
  weighted.prefix = query.prefix();
  for (const text::QueryTerm& term : query.terms()) {
    if (term.occurrences == 0) {
      continue;
    }
    weighted.terms.push_back({.text = term.text,
                              .weight = text::bm25_weight(clause.config, stats.documents(),
                                                          stats.document_frequency(term.text),
                                                          static_cast<float>(term.occurrences),
                                                          stats.average_length())});
  }
  return weighted;
}

}  // namespace

Result<Bm25Clause> bind_bm25(const wire::Schema& schema, const wire::ScoreExpr& expr) {
  const auto attr = schema.find(expr.attribute);
  if (!attr) {
    return refuse("attribute \"" + expr.attribute +
                  "\" not found in schema, cannot be used in `rank_by`");
  }
  const wire::Attribute& attribute = schema.at(*attr);
  if (!attribute.full_text) {
    return refuse("attribute \"" + expr.attribute +
                  "\" is not enabled for full-text search, cannot be ranked by BM25; this requires "
                  "a schema update");
  }
  if (!operand_texts(*attribute.full_text, expr.operand)) {
    return refuse("invalid input " + quoted(expr.operand) + " for rank_by field \"" +
                  expr.attribute + "\", expecting " +
                  std::string(operand_type(*attribute.full_text)));
  }
  return Bm25Clause{.attr = *attr,
                    .attribute = expr.attribute,
                    .config = *attribute.full_text,
                    .operand = expr.operand,
                    .last_as_prefix = expr.last_as_prefix};
}

Result<PreparedBm25> PreparedBm25::prepare(const Snapshot& snapshot, const Bm25Clause& clause) {
  LAYER_ASSIGN(const FieldStats stats,
               FieldStats::collect(snapshot, clause.attr, clause.attribute));
  PreparedBm25 prepared;
  prepared.attr_ = clause.attr;
  std::vector<wire::FullTextConfig> analyses;
  for (const SegmentView& view : snapshot.segments) {
    const auto& attributes = view.segment->schema().attributes();
    wire::FullTextConfig analysis = clause.config;
    if (clause.attr < attributes.size() && attributes[clause.attr].full_text) {
      analysis = *attributes[clause.attr].full_text;
    }
    const auto known = std::ranges::find_if(
        analyses, [&](const auto& other) { return other.same_analysis(analysis); });
    prepared.by_segment_.push_back(static_cast<std::uint32_t>(known - analyses.begin()));
    if (known == analyses.end()) {
      analyses.push_back(analysis);
      prepared.variants_.push_back(weigh(clause, analysis, stats));
    }
  }
  return prepared;
}

}  // namespace layer::engine::query
