#include "engine/query/score_eval.h"

#include <algorithm>
#include <cmath>

#include "engine/query/segment_access.h"

namespace layer::engine::query {
namespace {

using Op = ScoreNode::Op;

class Bm25Scorer : public Scorer {
 public:
  Bm25Scorer(const SegmentClause& clause, DocId universe)
      : clause_(clause), terms_(clause.terms), prefix_(universe) {
    if (clause.prefix) {
      prefix_ = prefix_documents(clause, universe);
    }
  }

  void score(std::span<const DocId> docs, std::span<float> scores,
             std::span<std::uint8_t> matched) override {
    std::ranges::fill(scores, 0.0F);
    std::ranges::fill(matched, std::uint8_t{0});
    for (SegmentTerm& term : terms_) {
      for (std::size_t i = 0; i < docs.size(); ++i) {
        if (term.cursor.seek(docs[i]) != docs[i]) {
          continue;
        }
        const float part = term.weight.score_with_norm(static_cast<float>(term.cursor.tf()),
                                                       (*clause_.norms)(docs[i]));
        scores[i] += part;
        matched[i] = 1;
      }
    }
    if (clause_.prefix) {
      for (std::size_t i = 0; i < docs.size(); ++i) {
        if (prefix_.contains(docs[i])) {
          scores[i] += 1.0F;
          matched[i] = 1;
        }
      }
    }
  }

 private:
  const SegmentClause& clause_;
  std::vector<SegmentTerm> terms_;
  DocSet prefix_;
};

class FilterScorer : public Scorer {
 public:
  explicit FilterScorer(const DocSet& docs) : docs_(docs) {}

  void score(std::span<const DocId> docs, std::span<float> scores,
             std::span<std::uint8_t> matched) override {
    for (std::size_t i = 0; i < docs.size(); ++i) {
      matched[i] = docs_.contains(docs[i]) ? 1 : 0;
      scores[i] = matched[i] != 0 ? 1.0F : 0.0F;
    }
  }

 private:
  const DocSet& docs_;
};

// Of integers exact; the f32 of the score is rounded once, at the end.
double distance(const wire::Value& value, const wire::Value& origin) {
  __extension__ using Wide = __int128;
  const auto between = [](Wide left, Wide right) {
    return static_cast<double>(left > right ? left - right : right - left);
  };
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return between(*whole, std::get<std::int64_t>(origin));
  }
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
    return between(*natural, std::get<std::uint64_t>(origin));
  }
  if (const auto* time = std::get_if<wire::Datetime>(&value)) {
    return between(time->ms, std::get<wire::Datetime>(origin).ms);
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag == std::get<bool>(origin) ? 0 : 1;
  }
  return std::abs(std::get<double>(value) - std::get<double>(origin));
}

class AttributeScorer : public Scorer {
 public:
  AttributeScorer(const ScoreNode& node, const segment::Column* column)
      : node_(node), column_(column) {}

  void score(std::span<const DocId> docs, std::span<float> scores,
             std::span<std::uint8_t> matched) override {
    for (std::size_t i = 0; i < docs.size(); ++i) {
      const auto ordinals =
          column_ == nullptr ? std::span<const segment::Ordinal>() : column_->ordinals(docs[i]);
      matched[i] = !ordinals.empty() || !node_.needs_value ? 1 : 0;
      scores[i] = ordinals.empty() ? 0.0F : value(ordinals.front());
    }
  }

 private:
  float value(segment::Ordinal ordinal) const {
    return static_cast<float>(node_.op == Op::kDist
                                  ? distance(column_->value(ordinal), node_.origin)
                                  : column_->number_at(ordinal));
  }

  const ScoreNode& node_;
  const segment::Column* column_;
};

class CurveScorer : public Scorer {
 public:
  CurveScorer(const ScoreNode& node, std::unique_ptr<Scorer> child)
      : node_(node), child_(std::move(child)) {}

  void score(std::span<const DocId> docs, std::span<float> scores,
             std::span<std::uint8_t> matched) override {
    child_->score(docs, scores, matched);
    for (std::size_t i = 0; i < docs.size(); ++i) {
      if (matched[i] == 0) {
        scores[i] = 0;
      } else {
        scores[i] = node_.op == Op::kDecay ? decay(node_, scores[i]) : saturate(node_, scores[i]);
      }
    }
  }

 private:
  const ScoreNode& node_;
  std::unique_ptr<Scorer> child_;
};

// Sum, Max and Product: constants are part of the arithmetic, never of the match.
class ParentScorer : public Scorer {
 public:
  ParentScorer(const ScoreNode& node, std::vector<std::unique_ptr<Scorer>> children)
      : node_(node), children_(std::move(children)) {}

  void score(std::span<const DocId> docs, std::span<float> scores,
             std::span<std::uint8_t> matched) override {
    std::ranges::fill(scores, node_.op == Op::kProduct ? 1.0F : 0.0F);
    std::ranges::fill(matched, std::uint8_t{0});
    // A maximum starts from its first term, which may be negative.
    std::vector<std::uint8_t> started(docs.size(), 0);
    std::vector<float> part(docs.size());
    std::vector<std::uint8_t> part_matched(docs.size());
    for (std::size_t c = 0; c < children_.size(); ++c) {
      const bool constant = children_[c] == nullptr;
      if (constant) {
        std::ranges::fill(part, node_.children[c].constant);
        std::ranges::fill(part_matched, std::uint8_t{1});
      } else {
        children_[c]->score(docs, part, part_matched);
      }
      for (std::size_t i = 0; i < docs.size(); ++i) {
        fold(scores[i], started[i], part[i], part_matched[i] != 0);
        matched[i] |= constant ? std::uint8_t{0} : part_matched[i];
      }
    }
    for (std::size_t i = 0; i < docs.size(); ++i) {
      scores[i] = matched[i] != 0 ? scores[i] : 0.0F;
    }
  }

 private:
  void fold(float& score, std::uint8_t& started, float part, bool counts) const {
    switch (node_.op) {
      case Op::kSum:
        score += part;
        return;
      case Op::kProduct:
        score *= part;
        return;
      default:
        if (counts) {
          score = started != 0 ? std::max(score, part) : part;
          started = 1;
        }
    }
  }

  const ScoreNode& node_;
  std::vector<std::unique_ptr<Scorer>> children_;  // null: a constant
};

}  // namespace

Result<SegmentScore> open_score(const BoundScore& bound, const std::vector<PreparedBm25>& prepared,
                                const SegmentView& view, std::uint32_t segment) {
  SegmentScore opened;
  opened.view = &view;
  for (const PreparedBm25& clause : prepared) {
    opened.clauses.push_back(open_clause(clause, view, segment));
  }
  for (const BoundFilter& filter : bound.filters) {
    LAYER_ASSIGN(DocSet docs, filter.evaluate(view));
    opened.filters.push_back(std::move(docs));
  }
  return opened;
}

Result<std::unique_ptr<Scorer>> make_scorer(const ScoreNode& node, const SegmentScore& opened) {
  const segment::Segment& segment = *opened.view->segment;
  switch (node.op) {
    case Op::kBm25:
      return std::make_unique<Bm25Scorer>(opened.clauses[node.index], segment.size());
    case Op::kFilter:
      return std::make_unique<FilterScorer>(opened.filters[node.index]);
    case Op::kAttribute:
    case Op::kDist: {
      LAYER_ASSIGN(const segment::Column* column, column_of(segment, node.attr, node.attribute));
      return std::make_unique<AttributeScorer>(node, column);
    }
    case Op::kConstant:
      return nullptr;
    case Op::kSaturate:
    case Op::kDecay: {
      LAYER_ASSIGN(auto child, make_scorer(node.children.front(), opened));
      return std::make_unique<CurveScorer>(node, std::move(child));
    }
    case Op::kSum:
    case Op::kMax:
    case Op::kProduct:
      break;
  }
  std::vector<std::unique_ptr<Scorer>> children;
  for (const ScoreNode& child : node.children) {
    LAYER_ASSIGN(auto scorer, make_scorer(child, opened));
    children.push_back(std::move(scorer));
  }
  return std::make_unique<ParentScorer>(node, std::move(children));
}

DocSet matching_documents(const ScoreNode& node, const SegmentScore& opened) {
  const DocId universe = opened.view->segment->size();
  if (node.op == Op::kBm25) {
    return clause_documents(opened.clauses[node.index], universe);
  }
  if (node.op == Op::kFilter) {
    return opened.filters[node.index];
  }
  DocSet docs(universe);
  for (const ScoreNode& child : node.children) {
    docs |= matching_documents(child, opened);
  }
  return docs;
}

}  // namespace layer::engine::query
