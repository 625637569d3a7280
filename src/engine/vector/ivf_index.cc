#include "engine/vector/ivf_index.h"

#include <algorithm>
#include <cmath>

#include "engine/vector/list_search.h"
#include "engine/vector/top_k.h"

namespace layer::engine::vector {
namespace {

// Below this share of the documents, reading the codes of each allowed one costs less than
// scanning whole lists for them.
constexpr std::size_t kVisitShare = 32;
constexpr std::size_t kExactMax = 64;

}  // namespace

IvfIndex::IvfIndex(const IndexView& view, const VectorView& column, DistanceMetric metric)
    : view_(view),
      column_(column),
      metric_(metric),
      preparer_(metric, column.dims, view.header.seed) {}

Effort IvfIndex::effort_for(double recall_target) const {
  Effort effort;
  effort.slack = view_.header.slack;
  const auto at = std::ranges::lower_bound(kTargets, static_cast<float>(recall_target));
  const auto index = std::min<std::ptrdiff_t>(at - kTargets.begin(), kTargets.size() - 1);
  effort.reach = view_.header.reach[static_cast<std::size_t>(index)];
  return effort;
}

std::vector<Neighbor> IvfIndex::search(std::span<const float> query, const SearchOptions& options,
                                       SearchStats* stats) const {
  if (options.recall_target >= 1) {
    return exact(query, options);
  }
  return search_with(query, options, effort_for(options.recall_target), stats);
}

std::vector<Neighbor> IvfIndex::exact(std::span<const float> query,
                                      const SearchOptions& options) const {
  // Documents without a vector are in no list and no outlier.
  std::vector<DocId> docs(view_.outliers.begin(), view_.outliers.end());
  for (DocId doc : view_.docs) {
    if (doc != kNoDoc) {
      docs.push_back(doc);
    }
  }
  DocSet wanted = DocSet::unsorted(static_cast<DocId>(column_.count), docs);
  if (options.allowed != nullptr) {
    wanted &= *options.allowed;
  }
  return search_exact(column_, metric_, query, options.k, wanted);
}

std::vector<Neighbor> IvfIndex::search_with(std::span<const float> query,
                                            const SearchOptions& options, const Effort& effort,
                                            SearchStats* stats) const {
  if (options.k == 0) {
    return {};
  }
  std::vector<float> prepared(view_.padded);
  if (!preparer_.prepare(query, view_.mean, prepared) ||
      (options.allowed != nullptr && options.allowed->count() <= kExactMax)) {
    return exact(query, options);
  }
  DocSet dense;
  const std::uint64_t* words = nullptr;
  const bool few =
      options.allowed != nullptr && options.allowed->count() < column_.count / kVisitShare;
  if (options.allowed != nullptr && !few) {
    words = options.allowed->words();
    if (words == nullptr) {
      dense = *options.allowed;
      dense.make_dense();
      words = dense.words();
    }
  }
  ListSearch lists(view_, prepared, options.k, words, effort);
  if (few) {
    lists.visit(options.allowed->to_vector());
  } else {
    lists.probe();
  }
  std::vector<DocId> docs = lists.candidates();
  for (DocId doc : view_.outliers) {
    if (options.allowed == nullptr || options.allowed->contains(doc)) {
      docs.push_back(doc);
    }
  }
  std::vector<float> distances(docs.size());
  QueryDistance(metric_, query).gather(column_, docs, distances);
  TopK nearest(options.k);
  for (std::size_t i = 0; i < docs.size(); ++i) {
    nearest.push({distances[i], docs[i]});
  }
  if (stats != nullptr) {
    *stats = lists.stats();
    stats->vectors_reranked = docs.size();
  }
  return nearest.take();
}

Result<std::unique_ptr<Index>> Index::open(std::span<const std::byte> bytes,
                                           const VectorView& column, DistanceMetric metric) {
  LAYER_ASSIGN(const IndexView view, parse_index(bytes, column, metric));
  return std::make_unique<IvfIndex>(view, column, metric);
}

}  // namespace layer::engine::vector
