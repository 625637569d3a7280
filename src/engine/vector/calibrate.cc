#include "engine/vector/calibrate.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "engine/vector/list_search.h"
#include "engine/vector/random.h"

namespace layer::engine::vector {
namespace {

constexpr std::size_t kQueries = 400;
// Rank of the farther neighbours that tell how reach has to grow when nearer ones are filtered out.
constexpr std::size_t kFarRank = 500;
// Fewer documents than this: every search reads everything.
constexpr std::size_t kDocumentsMin = 1000;
// Part of what a target leaves to be missed that is kept for the other approximations.
constexpr double kReserve = 0.2;
constexpr float kEverything = 1e30F;
// Share of the documents whose neighbours count as usually far away.
constexpr double kUsualShare = 0.9;
// Nearer than this share of the distance of the farthest neighbour looked at: a copy of the
// document but for some noise.
constexpr float kCopyShare = 0.5F;
// Neighbours in another cluster lie in lists farther away by as much as they are.
constexpr float kGrowthMin = 0.5F;
constexpr float kGrowthMax = 2;

float quantile(std::vector<float>& values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  const auto place = values.begin() + std::min<std::ptrdiff_t>(at, std::ssize(values) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// What the sample says: for each neighbour, how far beyond the nearest centroid lies the nearer of
// its two lists. A query is seldom the copy of a document, so copies of the sampled document do not
// count as its neighbours.
struct Sample {
  std::vector<float> near;       // of the first kReferenceNeighbors that are no copies
  std::vector<float> far;        // of those before rank kFarRank
  std::vector<float> distances;  // of the kReferenceNeighbors-th, squared
  double farther = 0;            // sum of how much farther away, squared, the latter are
};

class Sampler {
 public:
  Sampler(const IvfIndex& index, const IndexView& view, const VectorView& column,
          DistanceMetric metric, std::span<const DocId> documents, std::span<const ListPair> lists)
      : index_(index),
        view_(view),
        column_(column),
        metric_(metric),
        preparer_(metric, column.dims, view.header.seed),
        documents_(documents),
        lists_(lists),
        sizes_(view.header.lists, 0) {
    for (const ListPair& pair : lists) {
      ++sizes_[pair.primary];
    }
  }

  void add(DocId doc, Sample& sample) {
    std::vector<float> query(column_.dims);
    decode(column_.at(doc), column_.element, query);
    const Effort everything{.reach = kEverything};
    std::vector<Neighbor> found =
        index_.search_with(query, {.k = kFarRank + 1}, everything, nullptr);
    std::erase_if(found, [doc](const Neighbor& neighbor) { return neighbor.doc == doc; });
    std::vector<float> prepared(view_.padded);
    preparer_.prepare(query, view_.mean, prepared);
    const ListSearch search(view_, prepared, 1, nullptr, everything);
    const std::vector<float> beyond = distances_beyond(search.ranking(), lists_of(doc).primary);
    const std::size_t first = after_copies(found);
    const std::size_t reference = first + kReferenceNeighbors - 1;
    for (std::size_t rank = first; rank < found.size(); ++rank) {
      const ListPair pair = lists_of(found[rank].doc);
      const float nearer = std::min(beyond[pair.primary], beyond[pair.secondary]);
      if (rank <= reference) {
        sample.near.push_back(nearer);
      } else if (rank + kReferenceNeighbors >= kFarRank) {
        sample.far.push_back(nearer);
      }
    }
    sample.distances.push_back(squared(found[reference]));
    sample.farther += squared(found.back()) - squared(found[reference]);
  }

 private:
  float squared(const Neighbor& neighbor) const {
    return metric_ == DistanceMetric::kCosine ? 2 * neighbor.distance : neighbor.distance;
  }
  // The first neighbour that is no copy, or the first of those that must be left.
  std::size_t after_copies(std::span<const Neighbor> found) const {
    const float copy = kCopyShare * squared(found.back());
    const auto place = std::ranges::partition_point(
        found, [&](const Neighbor& neighbor) { return squared(neighbor) < copy; });
    return std::min<std::size_t>(static_cast<std::size_t>(place - found.begin()),
                                 found.size() - kReferenceNeighbors);
  }
  ListPair lists_of(DocId doc) const {
    const auto at = std::ranges::lower_bound(documents_, doc) - documents_.begin();
    return lists_[static_cast<std::size_t>(at)];
  }
  // How far beyond the nearest centroid each one lies. A document has drawn the centroid of its own
  // list towards itself, as a real query has not: that is taken back.
  std::vector<float> distances_beyond(const ListRanking& ranking, std::uint32_t own) const {
    std::vector<float> distances(ranking.count());
    for (std::uint32_t list = 0; list < distances.size(); ++list) {
      distances[list] = ranking.distance(list);
    }
    const auto size = static_cast<float>(sizes_[own]);
    if (size > 1) {
      distances[own] *= size / (size - 1) * size / (size - 1);
    }
    const float nearest = *std::ranges::min_element(distances);
    for (float& distance : distances) {
      distance -= nearest;
    }
    return distances;
  }

  const IvfIndex& index_;
  const IndexView& view_;
  const VectorView& column_;
  DistanceMetric metric_;
  Preparer preparer_;
  std::span<const DocId> documents_;
  std::span<const ListPair> lists_;
  std::vector<std::uint32_t> sizes_;  // documents by first list
};

}  // namespace

Header calibrate(const Header& header, std::span<const std::byte> bytes, const VectorView& column,
                 std::span<const DocId> documents, std::span<const ListPair> lists) {
  Header result = header;
  result.reach.fill(kEverything);
  const auto metric = static_cast<DistanceMetric>(header.metric);
  const Result<IndexView> view = parse_index(bytes, column, metric);
  if (documents.size() < kDocumentsMin || !view) {
    return result;
  }
  const IvfIndex index(*view, column, metric);
  Sampler sampler(index, *view, column, metric, documents, lists);
  Sample sample;
  Random random(header.seed + 1);
  for (std::size_t i = 0; i < kQueries; ++i) {
    sampler.add(documents[random.below(documents.size())], sample);
  }
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    result.reach[i] = quantile(sample.near, 1 - (1 - kTargets[i]) * (1 - kReserve));
  }
  result.usual = quantile(sample.distances, kUsualShare);
  const float farther = static_cast<float>(sample.farther / kQueries);
  const float growth = farther > 0
                           ? (quantile(sample.far, 0.98) - quantile(sample.near, 0.95)) / farther
                           : kGrowthMax;
  result.growth = std::clamp(growth, kGrowthMin, kGrowthMax);
  return result;
}

}  // namespace layer::engine::vector
