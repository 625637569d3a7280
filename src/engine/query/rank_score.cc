#include <algorithm>
#include <limits>
#include <string>

#include "engine/query/bm25_topk.h"
#include "engine/query/rank.h"
#include "engine/query/score_eval.h"

namespace layer::engine::query {
namespace {

constexpr std::size_t kBatch = 4096;

enum class ScorePath : std::uint8_t {
  kTopK,     // block-max MaxScore
  kRows,     // every allowed row is evaluated
  kMatches,  // the rows that some clause matches are evaluated
};

// The k-th best score over the segments done so far: later ones need not look below it.
class Floor {
 public:
  Floor(std::size_t k, float lowest) : k_(k), lowest_(lowest) {}

  // A hit that equals the k-th best may still win by its id, so the floor lies just below.
  float value(std::vector<Hit> hits) const {
    if (hits.size() < k_ || k_ == 0) {
      return lowest_;
    }
    const auto kth = hits.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::ranges::nth_element(hits, kth, std::ranges::greater(), &Hit::score);
    return std::max(lowest_, std::nextafter(kth->score, -std::numeric_limits<float>::infinity()));
  }

 private:
  std::size_t k_;
  float lowest_;
};

class ScoreRanking : public Ranking {
 public:
  explicit ScoreRanking(BoundScore bound) : bound_(std::move(bound)) {}

  Result<std::vector<Hit>> rank(QueryContext& context, std::size_t count) const override {
    LAYER_ASSIGN(const std::vector<PreparedBm25> prepared, prepare(context));
    const Floor floor(count, lowest());
    std::vector<Hit> hits;
    for (const std::uint32_t s : largest_first(context)) {
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      LAYER_ASSIGN(const SegmentScore opened,
                   open_score(bound_, prepared, context.snapshot().segments[s], s));
      TopScores top(count, floor.value(hits));
      LAYER_TRY(rank_segment(opened, *allowed, top));
      top.take(s, hits);
    }
    keep_best(context.snapshot(), hits, count, false);
    return hits;
  }

  bool has_dist() const override { return true; }

  Result<std::string> plan(QueryContext& context, std::uint32_t s, std::size_t) const override {
    LAYER_ASSIGN(const std::vector<PreparedBm25> prepared, prepare(context));
    LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
    LAYER_ASSIGN(const SegmentScore opened,
                 open_score(bound_, prepared, context.snapshot().segments[s], s));
    const std::string postings = std::to_string(entries(opened)) + " postings of " +
                                 std::to_string(terms(opened)) + " terms";
    const std::string rows = std::to_string(allowed->count()) + " rows allowed";
    switch (choose(opened, *allowed)) {
      case ScorePath::kTopK:
        return "block-max MaxScore over " + postings + ", " + rows;
      case ScorePath::kRows:
        return "expression over all rows allowed, " + postings + ", " + rows;
      case ScorePath::kMatches:
        return "expression over the rows its clauses match, " + postings + ", " + rows;
    }
    return std::string();
  }

 private:
  // Text and filter scores of zero are no matches; attribute-derived ones are.
  float lowest() const {
    return bound_.everywhere ? -std::numeric_limits<float>::infinity() : 0.0F;
  }

  Result<std::vector<PreparedBm25>> prepare(const QueryContext& context) const {
    std::vector<PreparedBm25> prepared;
    for (const Bm25Clause& clause : bound_.clauses) {
      LAYER_ASSIGN(PreparedBm25 one, PreparedBm25::prepare(context.snapshot(), clause));
      prepared.push_back(std::move(one));
    }
    return prepared;
  }

  static std::vector<std::uint32_t> largest_first(const QueryContext& context) {
    std::vector<std::uint32_t> order(context.segments());
    std::ranges::generate(order, [next = 0U]() mutable { return next++; });
    std::ranges::sort(order, std::ranges::greater(),
                      [&](std::uint32_t s) { return context.segment(s).size(); });
    return order;
  }

  static std::uint64_t entries(const SegmentScore& opened) {
    std::uint64_t total = 0;
    for (const SegmentClause& clause : opened.clauses) {
      total += clause.entries();
    }
    return total;
  }
  static std::size_t terms(const SegmentScore& opened) {
    std::size_t total = 0;
    for (const SegmentClause& clause : opened.clauses) {
      total += clause.terms.size();
    }
    return total;
  }

  ScorePath choose(const SegmentScore& opened, const DocSet& allowed) const {
    if (bound_.everywhere) {
      return ScorePath::kRows;
    }
    // A seek for each allowed row costs less than reading postings that the filter throws away.
    constexpr std::uint64_t kSeekCost = 4;
    if (std::uint64_t{allowed.count()} * kSeekCost <= entries(opened)) {
      return ScorePath::kRows;
    }
    return bound_.bounded ? ScorePath::kTopK : ScorePath::kMatches;
  }

  Result<void> rank_segment(const SegmentScore& opened, const DocSet& allowed,
                            TopScores& top) const {
    if (allowed.empty()) {
      return {};
    }
    const ScorePath path = choose(opened, allowed);
    if (path == ScorePath::kTopK) {
      TopStats stats;
      DocSet bitmap = allowed;
      bitmap.make_dense();
      best_by_bm25(bound_.root, opened.clauses, allowed.full() ? nullptr : &bitmap, top, stats);
      return {};
    }
    if (path == ScorePath::kRows) {
      return evaluate(opened, allowed, top);
    }
    DocSet matching = matching_documents(bound_.root, opened);
    matching &= allowed;
    return evaluate(opened, matching, top);
  }

  Result<void> evaluate(const SegmentScore& opened, const DocSet& rows, TopScores& top) const {
    LAYER_ASSIGN(const std::unique_ptr<Scorer> scorer, make_scorer(bound_.root, opened));
    const std::vector<DocId> docs = rows.to_vector();
    std::vector<float> scores(std::min(kBatch, docs.size()));
    std::vector<std::uint8_t> matched(scores.size());
    for (std::size_t from = 0; from < docs.size(); from += kBatch) {
      const std::size_t size = std::min(kBatch, docs.size() - from);
      const std::span<const DocId> batch = std::span(docs).subspan(from, size);
      scorer->score(batch, std::span(scores).first(size), std::span(matched).first(size));
      for (std::size_t i = 0; i < size; ++i) {
        if (matched[i] != 0) {
          top.add(batch[i], scores[i]);
        }
      }
    }
    return {};
  }

  BoundScore bound_;
};

}  // namespace

Result<std::unique_ptr<Ranking>> bind_rank_score(const RankInput& input,
                                                 const wire::ScoreExpr& expr) {
  LAYER_ASSIGN(BoundScore bound, bind_score(input.schema, expr));
  return std::make_unique<ScoreRanking>(std::move(bound));
}

}  // namespace layer::engine::query
