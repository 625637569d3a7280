// How much of the exact answer the approximate search finds, measured on the namespace's own rows.
#include <algorithm>
#include <random>

#include "core/limits.h"
#include "engine/query/errors.h"
#include "engine/query/execute.h"
#include "engine/query/hit.h"
#include "engine/query/query_context.h"
#include "engine/query/rank.h"
#include "engine/query/vector_search.h"

namespace layer::engine::query {
namespace {

struct Target {
  AttrId attr = 0;
  wire::DistanceMetric metric = wire::DistanceMetric::kCosine;
  std::vector<std::vector<float>> queries;
};

std::optional<AttrId> first_dense(const wire::Schema& schema) {
  for (AttrId attr = 0; attr < schema.attributes().size(); ++attr) {
    if (schema.at(attr).type.kind == wire::Kind::kDense) {
      return attr;
    }
  }
  return std::nullopt;
}

// Vectors of rows drawn at random, the same ones for the same snapshot: figures can be compared.
std::vector<std::vector<float>> sample(const Snapshot& snapshot, AttrId attr, std::uint32_t num) {
  const std::uint64_t documents = snapshot.documents();
  std::vector<std::vector<float>> queries;
  std::mt19937_64 random(snapshot.version);
  for (std::uint32_t i = 0; i < num && documents > 0; ++i) {
    std::uint64_t nth = random() % documents;
    for (const SegmentView& view : snapshot.segments) {
      if (nth >= view.live()) {
        nth -= view.live();
        continue;
      }
      const vector::VectorView* column = view.segment->vectors(attr);
      if (column != nullptr) {
        const DocId doc = view.deleted->complement().to_vector()[nth];
        queries.emplace_back(column->dims);
        vector::decode(column->at(doc), column->element, queries.back());
      }
      break;
    }
  }
  return queries;
}

Result<Target> choose_target(const Snapshot& snapshot, const RecallRequest& request) {
  const wire::Schema& schema = *snapshot.schema;
  Target target;
  target.metric = schema.distance_metric.value_or(wire::DistanceMetric::kCosine);
  if (request.rank_by) {
    const auto* rank = std::get_if<wire::RankVector>(&*request.rank_by);
    if (rank == nullptr || rank->exact) {
      return refuse(
          "recall can only be measured for a `rank_by` of the form [attribute, \"ANN\", "
          "vector]");
    }
    LAYER_TRY(bind_rank_vector({.schema = schema}, *rank));
    target.attr = *schema.find(rank->attribute);
    if (schema.at(target.attr).type.kind != wire::Kind::kDense) {
      return refuse("recall can only be measured for dense vector attributes");
    }
    target.queries = std::get<wire::QueryVectors>(rank->operand).vectors;
    return target;
  }
  const auto attr = first_dense(schema);
  if (!attr) {
    return refuse("recall cannot be measured, the namespace has no vector attribute");
  }
  target.attr = *attr;
  target.queries = sample(snapshot, *attr, request.num);
  return target;
}

Result<std::vector<Hit>> search(QueryContext& context, const Target& target,
                                std::span<const float> query, std::uint32_t k, bool exact) {
  std::vector<Hit> hits;
  for (std::uint32_t s = 0; s < context.segments(); ++s) {
    LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
    const segment::Segment& segment = context.segment(s);
    const VectorPath path = choose_path(segment, target.attr, allowed->count(), k, exact);
    for (const vector::Neighbor& neighbor :
         nearest(segment, target.attr, target.metric, query, k, *allowed, path)) {
      hits.push_back({.segment = s, .doc = neighbor.doc, .score = neighbor.distance});
    }
  }
  keep_best(context.snapshot(), hits, k, true);
  return hits;
}

// A row as near as the last exact one counts as found: among equals either is right.
double recall_of(const std::vector<Hit>& exact, const std::vector<Hit>& found) {
  if (exact.empty()) {
    return 1;
  }
  const float farthest = exact.back().score;
  const auto hits =
      std::ranges::count_if(found, [&](const Hit& hit) { return hit.score <= farthest; });
  return static_cast<double>(std::min<std::size_t>(static_cast<std::size_t>(hits), exact.size())) /
         static_cast<double>(exact.size());
}

}  // namespace

Result<wire::RecallResponse> measure_recall(const Snapshot& snapshot,
                                            const RecallRequest& request) {
  if (request.rank_by && request.num != 1 && request.num != RecallRequest{}.num) {
    return refuse("`num` must be null or 1 when `rank_by` is given");
  }
  if (request.top_k < 1 || request.top_k > core::limits::result_rows_max) {
    return refuse("top_k must be between 1 and " + std::to_string(core::limits::result_rows_max));
  }
  if (request.num < 1 || request.num > core::limits::result_rows_max) {
    return refuse("num must be between 1 and " + std::to_string(core::limits::result_rows_max));
  }
  std::optional<BoundFilter> filter;
  if (request.filters) {
    LAYER_ASSIGN(filter, BoundFilter::bind(*snapshot.schema, *request.filters));
  }
  LAYER_ASSIGN(const Target target, choose_target(snapshot, request));
  QueryContext context(snapshot, std::move(filter));
  wire::RecallResponse response;
  if (request.include_ground_truth) {
    response.ground_truth.emplace();
  }
  double recall = 0;
  double exact_rows = 0;
  double found_rows = 0;
  for (const std::vector<float>& query : target.queries) {
    LAYER_ASSIGN(const auto exact, search(context, target, query, request.top_k, true));
    LAYER_ASSIGN(const auto found, search(context, target, query, request.top_k, false));
    recall += recall_of(exact, found);
    exact_rows += static_cast<double>(exact.size());
    found_rows += static_cast<double>(found.size());
    if (response.ground_truth) {
      auto& truth = response.ground_truth->emplace_back();
      truth.query_vector = query;
      for (const Hit& hit : exact) {
        truth.nearest_neighbors.push_back(
            {.id = context.segment(hit.segment).id(hit.doc), .dist = hit.score, .fields = {}});
      }
    }
  }
  if (!target.queries.empty()) {
    const auto count = static_cast<double>(target.queries.size());
    response.avg_recall = recall / count;
    response.avg_exhaustive_count = exact_rows / count;
    response.avg_ann_count = found_rows / count;
  }
  return response;
}

}  // namespace layer::engine::query
