#include "engine/vector/ivf_index.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "engine/vector/list_search.h"
#include "engine/vector/top_k.h"

namespace layer::engine::vector {
namespace {

// Below one document in so many, reading the four-bit codes of each allowed one costs less than
// scanning lists for them, and misses none.
constexpr std::size_t kVisitShare = 8;
// Below so many, their vectors are read at once.
constexpr std::size_t kExactMax = 64;

// Part of what a target leaves to be missed goes to the estimates: how many standard errors they
// are trusted for.
struct Trust {
  double target;
  float first_pass;
  float second_pass;
};
constexpr std::array kTrust = {Trust{0.9, 1.5F, 2}, Trust{0.95, 2, 2.5F}, Trust{0.98, 2.5F, 3},
                               Trust{1, 3, 3.5F}};

}  // namespace

IvfIndex::IvfIndex(const IndexView& view, const VectorView& column, DistanceMetric metric)
    : view_(view),
      column_(column),
      metric_(metric),
      preparer_(metric, column.dims, view.header.seed) {}

Effort IvfIndex::effort_for(double recall_target) const {
  const auto at = std::ranges::lower_bound(kTargets, static_cast<float>(recall_target));
  const auto index = std::min<std::ptrdiff_t>(at - kTargets.begin(), kTargets.size() - 1);
  const auto trust =
      std::ranges::lower_bound(kTrust.begin(), kTrust.end() - 1, recall_target, {}, &Trust::target);
  return {.reach = view_.header.reach[static_cast<std::size_t>(index)],
          .growth = view_.header.growth,
          .usual = view_.header.usual,
          .first_pass_errors = trust->first_pass,
          .second_pass_errors = trust->second_pass};
}

std::vector<Neighbor> IvfIndex::search(std::span<const float> query, const SearchOptions& options,
                                       SearchStats* stats) const {
  if (options.recall_target >= 1) {
    return exact(query, options);
  }
  return search_with(query, options, effort_for(options.recall_target), stats);
}

// Exact search among the documents that the index was built over.
std::vector<Neighbor> IvfIndex::exact(std::span<const float> query,
                                      const SearchOptions& options) const {
  std::vector<DocId> docs;
  const auto add = [&](DocId doc) {
    if (doc < view_.doc_list.size() && view_.doc_list[doc] != kNoList) {
      docs.push_back(doc);
    }
  };
  const auto universe = static_cast<DocId>(column_.count);
  if (options.allowed != nullptr) {
    options.allowed->for_each(add);
  } else {
    for (DocId doc = 0; doc < universe; ++doc) {
      add(doc);
    }
  }
  for (DocId doc : view_.outliers) {
    if (options.allowed == nullptr || options.allowed->contains(doc)) {
      docs.push_back(doc);
    }
  }
  return search_exact(column_, metric_, query, options.k, DocSet::unsorted(universe, docs));
}

std::vector<Neighbor> IvfIndex::search_with(std::span<const float> query,
                                            const SearchOptions& options, const Effort& effort,
                                            SearchStats* stats) const {
  const DocSet* allowed = options.allowed;
  assert(allowed == nullptr || allowed->universe() == column_.count);
  if (options.k == 0) {
    return {};
  }
  std::vector<float> prepared(view_.padded);
  // The mean comes from stored bytes, which may be damaged.
  const bool usable = preparer_.prepare(query, view_.mean, prepared) &&
                      std::ranges::all_of(prepared, [](float v) { return std::isfinite(v); });
  if (!usable || (allowed != nullptr && allowed->count() <= kExactMax)) {
    return exact(query, options);
  }
  const bool few = allowed != nullptr && allowed->count() < column_.count / kVisitShare;
  DocSet dense;
  const std::uint64_t* words = nullptr;
  if (allowed != nullptr && !few && !allowed->full()) {
    words = allowed->words();
    if (words == nullptr) {
      dense = *allowed;
      dense.make_dense();
      words = dense.words();
    }
  }
  ListSearch lists(view_, prepared, options.k, words, effort);
  if (few) {
    lists.visit(allowed->to_vector());
  } else {
    lists.probe();
  }
  std::vector<DocId> docs = lists.candidates();
  for (DocId doc : view_.outliers) {
    if (allowed == nullptr || allowed->contains(doc)) {
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
