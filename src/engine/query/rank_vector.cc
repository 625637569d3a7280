#include <algorithm>
#include <string>

#include "engine/query/errors.h"
#include "engine/query/rank.h"
#include "engine/query/vector_search.h"

namespace layer::engine::query {
namespace {

class VectorRanking : public Ranking {
 public:
  VectorRanking(AttrId attr, wire::Kind kind, wire::DistanceMetric metric, wire::QueryVectors query,
                bool exact)
      : attr_(attr), kind_(kind), metric_(metric), query_(std::move(query)), exact_(exact) {}

  Result<std::vector<Hit>> rank(QueryContext& context, std::size_t count) const override {
    std::vector<Hit> hits;
    const auto k = static_cast<std::uint32_t>(count);
    for (std::uint32_t s = 0; s < context.segments(); ++s) {
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      LAYER_ASSIGN(const auto found, search(context.segment(s), k, *allowed));
      for (const vector::Neighbor& neighbor : found) {
        hits.push_back({.segment = s, .doc = neighbor.doc, .score = neighbor.distance});
      }
    }
    keep_best(context.snapshot(), hits, count, true);
    return hits;
  }

  bool has_dist() const override { return true; }

  Result<std::string> plan(QueryContext& context, std::uint32_t s,
                           std::size_t count) const override {
    LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
    if (kind_ == wire::Kind::kMultiVector) {
      return "exact late interaction over the vectors of " + std::to_string(allowed->count()) +
             " rows";
    }
    switch (choose_path(context.segment(s), attr_, allowed->count(),
                        static_cast<std::uint32_t>(count), exact_)) {
      case VectorPath::kNone:
        return std::string("nothing to search");
      case VectorPath::kExact:
        return "exact distances to " + std::to_string(allowed->count()) + " rows";
      case VectorPath::kIndex:
        return "vector index of " +
               std::to_string(context.segment(s).vector_index(attr_)->list_count()) +
               " lists with " + std::to_string(allowed->count()) + " rows allowed";
    }
    return std::string();
  }

 private:
  Result<std::vector<vector::Neighbor>> search(const segment::Segment& segment, std::uint32_t k,
                                               const DocSet& allowed) const {
    if (kind_ == wire::Kind::kMultiVector) {
      return nearest_multi(segment, attr_, metric_, query_, k, allowed);
    }
    const VectorPath path = choose_path(segment, attr_, allowed.count(), k, exact_);
    return nearest(segment, attr_, metric_, query_.vectors.front(), k, allowed, path);
  }

  AttrId attr_;
  wire::Kind kind_;
  wire::DistanceMetric metric_;
  wire::QueryVectors query_;
  bool exact_;
};

}  // namespace

Result<std::unique_ptr<Ranking>> bind_rank_vector(const RankInput& input,
                                                  const wire::RankVector& rank) {
  const auto attr = input.schema.find(rank.attribute);
  if (!attr) {
    return refuse("attribute \"" + rank.attribute +
                  "\" not found in schema, cannot be used in `rank_by`");
  }
  const wire::Attribute& attribute = input.schema.at(*attr);
  const bool dense = attribute.type.kind == wire::Kind::kDense;
  const bool multi = attribute.type.kind == wire::Kind::kMultiVector;
  if ((!dense && !multi) || (!rank.exact && !attribute.ann)) {
    return refuse("attribute \"" + rank.attribute + "\" of type " + to_string(attribute.type) +
                  " has no vector index, cannot be ranked by " + (rank.exact ? "kNN" : "ANN"));
  }
  if (rank.exact && !input.has_filters) {
    return refuse("kNN requires filters");
  }
  const auto* vectors = std::get_if<wire::QueryVectors>(&rank.operand);
  if (vectors == nullptr) {
    return refuse("Embed is not supported: this store has no embedding models; send the vector");
  }
  LAYER_TRY(check_dims(attribute, *vectors, "rank_by field"));
  // A multi-vector attribute without a dense one leaves the metric open.
  const auto metric = input.schema.distance_metric.value_or(wire::DistanceMetric::kCosine);
  return std::make_unique<VectorRanking>(*attr, attribute.type.kind, metric, *vectors, rank.exact);
}

}  // namespace layer::engine::query
