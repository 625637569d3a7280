#include "engine/query/bm25_topk.h"

#include <algorithm>
#include <limits>

namespace layer::engine::query {
namespace {

using segment::kEndOfPostings;

// One term of one clause. Terms are kept in the order in which the general evaluation adds them.
struct Term {
  segment::PostingCursor cursor;
  text::Bm25Weight weight;
  const Norms* norms = nullptr;
  std::size_t clause = 0;
  float outer = 1;  // product of the weights around the clause
  float list_bound = 0;
  float block_bound = 0;
  DocId block_last = 0;
  bool at_block = false;  // block_bound and block_last are of the block the bounds stand on
  float part = 0;         // contribution to the current document

  float contribution(DocId doc) {
    return weight.score_with_norm(static_cast<float>(cursor.tf()), (*norms)(doc));
  }
};

class MaxScore {
 public:
  MaxScore(const ScoreNode& root, const std::vector<SegmentClause>& clauses, const DocSet* allowed,
           TopScores& top, TopStats& stats)
      : root_(root),
        single_(root.op == ScoreNode::Op::kBm25),
        words_(allowed == nullptr ? nullptr : allowed->words()),
        top_(top),
        stats_(stats),
        clause_scores_(clauses.size()) {
    add_terms(root, clauses, 1.0F);
    // Real scores are sums of rounded products: a bound must not lie below one for that reason.
    margin_ = 1.0F + static_cast<float>(terms_.size() + 8) * std::numeric_limits<float>::epsilon();
    for (Term& term : terms_) {
      term.list_bound =
          bound_of(term, [&](const auto& score) { return term.cursor.list_bound(score); });
      by_bound_.push_back(&term);
    }
    std::ranges::sort(by_bound_, {}, &Term::list_bound);
    below_.assign(terms_.size() + 1, 0.0F);
    for (std::size_t i = 0; i < by_bound_.size(); ++i) {
      below_[i + 1] = below_[i] + by_bound_[i]->list_bound;
    }
  }

  void run() {
    DocId doc = 0;
    raise();
    while (first_ < by_bound_.size() && doc != kEndOfPostings) {
      float bound = 0;
      DocId last = kEndOfPostings;
      for (std::size_t i = first_; i < by_bound_.size(); ++i) {
        refresh(*by_bound_[i], doc);
        bound += by_bound_[i]->block_bound;
        last = std::min(last, by_bound_[i]->block_last);
      }
      if (last == kEndOfPostings) {
        return;
      }
      doc = (bound + below_[first_]) * margin_ > top_.threshold()
                ? (by_bound_.size() == 1 ? score_block(doc, last) : score_window(doc, last))
                : last + 1;
    }
  }

 private:
  void add_terms(const ScoreNode& node, const std::vector<SegmentClause>& clauses, float outer) {
    if (node.op == ScoreNode::Op::kBm25) {
      const SegmentClause& clause = clauses[node.index];
      for (const SegmentTerm& term : clause.terms) {
        terms_.push_back({.cursor = term.cursor,
                          .weight = term.weight,
                          .norms = &*clause.norms,
                          .clause = node.index,
                          .outer = outer});
      }
      return;
    }
    if (node.op == ScoreNode::Op::kProduct) {
      for (const ScoreNode& child : node.children) {
        outer *= child.op == ScoreNode::Op::kConstant ? child.constant : 1.0F;
      }
    }
    for (const ScoreNode& child : node.children) {
      add_terms(child, clauses, outer);
    }
  }

  template <class Bound>
  static float bound_of(const Term& term, Bound bound) {
    return bound([&](float tf, float length) { return term.weight.score(tf, length); }) *
           term.outer;
  }

  // Brings the bounds of a term to the block that would hold `doc`.
  static void refresh(Term& term, DocId doc) {
    if (term.at_block && doc <= term.block_last) {
      return;
    }
    term.cursor.shallow_seek(doc);
    term.block_last = term.cursor.block_last_doc();
    term.block_bound =
        bound_of(term, [&](const auto& score) { return term.cursor.block_bound(score); });
    term.at_block = true;
  }

  // The terms below first_ cannot lift a document over the threshold by themselves.
  void raise() {
    while (first_ < by_bound_.size() && below_[first_ + 1] * margin_ <= top_.threshold()) {
      ++first_;
    }
  }

  bool allowed(DocId doc) const {
    return words_ == nullptr || (words_[doc / 64] >> (doc % 64) & 1) != 0;
  }

  // A single term: its documents up to `last`, block by block.
  DocId score_block(DocId doc, DocId last) {
    Term& term = terms_.front();
    term.cursor.seek(doc);
    while (term.cursor.doc() <= last) {
      const auto docs = term.cursor.block_docs();
      const auto tfs = term.cursor.block_tfs();
      for (std::size_t i = 0; i < docs.size(); ++i) {
        if (allowed(docs[i])) {
          term.part =
              term.weight.score_with_norm(static_cast<float>(tfs[i]), (*term.norms)(docs[i]));
          ++stats_.scored;
          top_.add(docs[i], total());
        }
      }
      term.cursor.skip_block();
    }
    raise();
    return last + 1;
  }

  // Documents of the essential terms in [doc, last]; stops early when fewer terms are essential.
  DocId score_window(DocId doc, DocId last) {
    for (std::size_t i = first_; i < by_bound_.size(); ++i) {
      by_bound_[i]->cursor.seek(doc);
    }
    while (true) {
      DocId next = kEndOfPostings;
      for (std::size_t i = first_; i < by_bound_.size(); ++i) {
        next = std::min(next, by_bound_[i]->cursor.doc());
      }
      if (next > last) {
        return last + 1;
      }
      const std::size_t essential = first_;
      if (allowed(next)) {
        consider(next);
      }
      for (std::size_t i = essential; i < by_bound_.size(); ++i) {
        if (by_bound_[i]->cursor.doc() == next) {
          by_bound_[i]->cursor.next();
        }
      }
      if (first_ != essential) {
        return next + 1;
      }
    }
  }

  // Scores a document as far as it can still enter the best.
  void consider(DocId doc) {
    float partial = 0;
    for (std::size_t i = 0; i < by_bound_.size(); ++i) {
      Term& term = *by_bound_[i];
      term.part = 0;
      if (i >= first_ && term.cursor.doc() == doc) {
        term.part = term.contribution(doc);
        partial += term.part * term.outer;
      }
    }
    const float threshold = top_.threshold();
    for (std::size_t i = first_; i > 0; --i) {
      if ((partial + below_[i]) * margin_ <= threshold) {
        return;
      }
      Term& term = *by_bound_[i - 1];
      refresh(term, doc);
      if ((partial + term.block_bound + below_[i - 1]) * margin_ <= threshold) {
        return;
      }
      if (term.cursor.seek(doc) == doc) {
        term.part = term.contribution(doc);
        partial += term.part * term.outer;
      }
    }
    if (partial * margin_ <= threshold) {
      return;
    }
    ++stats_.scored;
    top_.add(doc, total());
    raise();
  }

  // The score from the parts, in the order and arithmetic of the general evaluation.
  float total() {
    if (single_) {
      float score = 0;
      for (const Term& term : terms_) {
        score += term.part;
      }
      return score;
    }
    std::ranges::fill(clause_scores_, 0.0F);
    for (const Term& term : terms_) {
      clause_scores_[term.clause] += term.part;
    }
    return combine(root_, clause_scores_);
  }

  const ScoreNode& root_;
  bool single_;
  const std::uint64_t* words_;
  TopScores& top_;
  TopStats& stats_;
  std::vector<float> clause_scores_;
  std::vector<Term> terms_;
  std::vector<Term*> by_bound_;  // ascending by list_bound
  std::vector<float> below_;     // sum of the list_bounds before
  std::size_t first_ = 0;        // first essential term in by_bound_
  float margin_ = 1;
};

}  // namespace

void best_by_bm25(const ScoreNode& root, const std::vector<SegmentClause>& clauses,
                  const DocSet* allowed, TopScores& top, TopStats& stats) {
  MaxScore(root, clauses, allowed, top, stats).run();
}

}  // namespace layer::engine::query
