#include <limits>
#include <string>

#include "engine/query/errors.h"
#include "engine/query/rank.h"
#include "engine/query/segment_access.h"

namespace layer::engine::query {
namespace {

class SparseRanking : public Ranking {
 public:
  SparseRanking(AttrId attr, const wire::RankSparse& rank)
      : attr_(attr), name_(rank.attribute), query_(rank.operand) {}

  Result<std::vector<Hit>> rank(QueryContext& context, std::size_t count) const override {
    std::vector<Hit> hits;
    for (std::uint32_t s = 0; s < context.segments(); ++s) {
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      LAYER_TRY(rank_segment(context.segment(s), s, *allowed, count, hits));
    }
    keep_best(context.snapshot(), hits, count, false);
    return hits;
  }

  bool has_dist() const override { return true; }

  Result<std::string> plan(QueryContext& context, std::uint32_t s, std::size_t) const override {
    LAYER_ASSIGN(const auto* index, sparse_of(context.segment(s), attr_, name_));
    std::size_t entries = 0;
    for (const auto& [dimension, weight] : query_) {
      const auto list = index == nullptr ? std::nullopt : index->list(dimension);
      entries += list ? list->docs.size() : 0;
    }
    return "sparse lists of " + std::to_string(query_.size()) + " dimensions, " +
           std::to_string(entries) + " entries";
  }

 private:
  Result<void> rank_segment(const segment::Segment& segment, std::uint32_t s, const DocSet& allowed,
                            std::size_t count, std::vector<Hit>& hits) const {
    LAYER_ASSIGN(const segment::SparseIndex* index, sparse_of(segment, attr_, name_));
    if (index == nullptr || allowed.empty()) {
      return {};
    }
    std::vector<float> scores(segment.size(), 0.0F);
    for (const auto& [dimension, weight] : query_) {
      const auto list = index->list(dimension);
      for (std::size_t i = 0; list && i < list->docs.size(); ++i) {
        scores[list->docs[i]] += weight * list->weights[i];
      }
    }
    TopScores top(count, -std::numeric_limits<float>::infinity());
    allowed.for_each([&](DocId doc) {
      if (scores[doc] != 0) {
        top.add(doc, scores[doc]);
      }
    });
    top.take(s, hits);
    return {};
  }

  AttrId attr_;
  std::string name_;
  std::vector<std::pair<std::string, float>> query_;
};

}  // namespace

Result<std::unique_ptr<Ranking>> bind_rank_sparse(const RankInput& input,
                                                  const wire::RankSparse& rank) {
  const auto attr = input.schema.find(rank.attribute);
  if (!attr) {
    return refuse("attribute \"" + rank.attribute +
                  "\" not found in schema, cannot be used in `rank_by`");
  }
  if (!input.schema.at(*attr).sparse_knn) {
    return refuse("attribute \"" + rank.attribute +
                  "\" is not enabled for SparseKNN; this requires a schema update");
  }
  return std::make_unique<SparseRanking>(*attr, rank);
}

}  // namespace layer::engine::query
