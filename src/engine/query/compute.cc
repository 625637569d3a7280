#include "engine/query/compute.h"

#include "core/limits.h"
#include "engine/query/bm25_clause.h"
#include "engine/query/errors.h"
#include "engine/query/vector_search.h"
#include "engine/text/highlight.h"
#include "engine/text/token_query.h"

namespace layer::engine::query {
namespace {

class ComputedDistance : public ComputedAttribute {
 public:
  ComputedDistance(std::string name, AttrId attr, bool dense, wire::DistanceMetric metric,
                   wire::QueryVectors query)
      : name_(std::move(name)),
        attr_(attr),
        dense_(dense),
        metric_(metric),
        query_(std::move(query)),
        distance_(metric, query_.vectors.front()) {}

  std::optional<AttrId> reads() const override {
    return dense_ ? std::nullopt : std::optional(attr_);
  }
  std::optional<wire::OutputField> compute(const segment::Segment& segment, DocId doc,
                                           const Row& row) const override {
    if (dense_) {
      const vector::VectorView* column = segment.vectors(attr_);
      if (column == nullptr) {
        return std::nullopt;
      }
      return wire::OutputField{.name = name_, .value = distance_(*column, doc)};
    }
    const wire::Value* stored = row.find(attr_);
    const auto distance =
        stored == nullptr ? std::nullopt : late_interaction(metric_, query_, *stored);
    if (!distance) {
      return std::nullopt;
    }
    return wire::OutputField{.name = name_, .value = *distance};
  }

 private:
  std::string name_;
  AttrId attr_;
  bool dense_;
  wire::DistanceMetric metric_;
  wire::QueryVectors query_;
  vector::QueryDistance distance_;
};

class ComputedBm25 : public ComputedAttribute {
 public:
  ComputedBm25(std::string name, const Bm25Clause& clause)
      : name_(std::move(name)),
        attr_(clause.attr),
        analyzer_(text::shared_analyzer(clause.config)),
        query_(text::TokenQuery::of(clause.config, clause.operand, clause.last_as_prefix)) {}

  std::optional<AttrId> reads() const override { return attr_; }
  std::optional<wire::OutputField> compute(const segment::Segment&, DocId,
                                           const Row& row) const override {
    const wire::Value* stored = row.find(attr_);
    const text::ValueMatch match =
        text::match_value(*analyzer_, query_, stored == nullptr ? wire::Value() : *stored);
    return wire::OutputField{.name = name_,
                             .value = text::score_alone(analyzer_->config(), query_, match)};
  }

 private:
  std::string name_;
  AttrId attr_;
  std::shared_ptr<const text::Analyzer> analyzer_;
  text::TokenQuery query_;
};

class ComputedHighlight : public ComputedAttribute {
 public:
  ComputedHighlight(std::string name, AttrId attr, text::Highlighter highlighter)
      : name_(std::move(name)), attr_(attr), highlighter_(std::move(highlighter)) {}

  std::optional<AttrId> reads() const override { return attr_; }
  std::optional<wire::OutputField> compute(const segment::Segment&, DocId,
                                           const Row& row) const override {
    const wire::Value* stored = row.find(attr_);
    return wire::OutputField{
        .name = name_,
        .value = stored == nullptr ? wire::HighlightResult() : highlighter_.run(*stored)};
  }

 private:
  std::string name_;
  AttrId attr_;
  text::Highlighter highlighter_;
};

using Computed = std::unique_ptr<ComputedAttribute>;

std::string prefix(const wire::ComputeAttribute& compute) {
  return "computed attribute `" + compute.name + "`";
}

Result<AttrId> referenced(const wire::Schema& schema, const wire::ComputeAttribute& compute,
                          const std::string& attribute) {
  const auto attr = schema.find(attribute);
  if (!attr) {
    return refuse_plainly(prefix(compute) + " references `" + attribute +
                          "`, which is not in the schema");
  }
  return *attr;
}

Result<Computed> bind_distance(const wire::Schema& schema, const wire::ComputeAttribute& compute,
                               const wire::VectorDist& expr) {
  LAYER_ASSIGN(const AttrId attr, referenced(schema, compute, expr.attribute));
  const wire::Attribute& attribute = schema.at(attr);
  const bool dense = attribute.type.kind == wire::Kind::kDense;
  if (!dense && attribute.type.kind != wire::Kind::kMultiVector) {
    return refuse_plainly(prefix(compute) + " references `" + expr.attribute +
                          "`, which is not a vector attribute");
  }
  LAYER_TRY(check_dims(attribute, expr.operand, "compute_attributes field"));
  const auto metric = schema.distance_metric.value_or(wire::DistanceMetric::kCosine);
  return std::make_unique<ComputedDistance>(compute.name, attr, dense, metric, expr.operand);
}

Result<Computed> bind_highlight(const wire::Schema& schema, const wire::ComputeAttribute& compute,
                                const wire::Highlight& options,
                                const std::optional<wire::RankBy>& rank_by) {
  LAYER_ASSIGN(const AttrId attr, referenced(schema, compute, options.attribute));
  const auto& full_text = schema.at(attr).full_text;
  if (!full_text) {
    return refuse_plainly(prefix(compute) + " references `" + options.attribute +
                          "`, which is not enabled for full-text search; this requires a schema "
                          "update");
  }
  if (full_text->tokenizer == wire::Tokenizer::kPreTokenizedArray) {
    return refuse_plainly(prefix(compute) + " references `" + options.attribute +
                          "`, which uses a pre-tokenized tokenizer that does not support "
                          "highlighting");
  }
  if (options.fragment_limit < 1 ||
      options.fragment_limit > std::int64_t{core::limits::highlight_fragments_max}) {
    return refuse_plainly(prefix(compute) + ": `fragment_limit` must be between 1 and " +
                          std::to_string(core::limits::highlight_fragments_max));
  }
  std::optional<wire::ScoreExpr> score = options.rank_fragments_by;
  if (!score && rank_by) {
    score = text::implied_fragment_score(*rank_by, options.attribute);
  }
  if (!score) {
    return refuse_plainly(prefix(compute) +
                          ": cannot infer `rank_fragments_by` because the query `rank_by` has no "
                          "BM25 clause over `" +
                          options.attribute + "`; provide `rank_fragments_by` explicitly");
  }
  auto highlighter = text::Highlighter::compile(*full_text, options, *score);
  if (!highlighter) {
    return refuse_plainly(prefix(compute) + ": " + highlighter.error().message);
  }
  return std::make_unique<ComputedHighlight>(compute.name, attr, std::move(*highlighter));
}

}  // namespace

Result<std::vector<Computed>> bind_computed(const wire::Schema& schema,
                                            const wire::SubQuery& query) {
  std::vector<Computed> computed;
  for (const wire::ComputeAttribute& compute : query.compute_attributes) {
    if (const auto* distance = std::get_if<wire::VectorDist>(&compute.expr)) {
      LAYER_ASSIGN(Computed one, bind_distance(schema, compute, *distance));
      computed.push_back(std::move(one));
    } else if (const auto* highlight = std::get_if<wire::Highlight>(&compute.expr)) {
      LAYER_ASSIGN(Computed one, bind_highlight(schema, compute, *highlight, query.rank_by));
      computed.push_back(std::move(one));
    } else {
      LAYER_ASSIGN(const Bm25Clause clause,
                   bind_bm25(schema, std::get<wire::ScoreExpr>(compute.expr)));
      computed.push_back(std::make_unique<ComputedBm25>(compute.name, clause));
    }
  }
  return computed;
}

}  // namespace layer::engine::query
