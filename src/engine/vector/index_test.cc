#include "engine/vector/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace layer::engine::vector {
namespace {

constexpr auto kCosine = DistanceMetric::kCosine;
constexpr auto kEuclidean = DistanceMetric::kEuclideanSquared;

// Vectors around random centres, as embeddings lie: near ones share a topic.
class Clusters {
 public:
  Clusters(std::uint32_t dims, std::uint32_t seed) : dims_(dims), random_(seed) {
    centres_.resize(std::size_t{kCentres} * dims);
    for (float& value : centres_) {
      value = normal_(random_);
    }
  }
  std::vector<float> draw() {
    const std::size_t centre = random_() % kCentres;
    std::vector<float> vector(dims_);
    for (std::uint32_t i = 0; i < dims_; ++i) {
      vector[i] = centres_[centre * dims_ + i] + normal_(random_);
    }
    return vector;
  }

 private:
  static constexpr std::uint32_t kCentres = 40;
  std::uint32_t dims_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<float> centres_;
};

struct Fixture {
  std::vector<std::byte> stored;
  VectorView column;
  std::vector<std::vector<float>> queries;
  std::vector<std::byte> bytes;
  std::unique_ptr<Index> index;
};

Fixture make(std::size_t count, std::uint32_t dims, DistanceMetric metric,
             ElementType element = ElementType::kF32, std::uint32_t seed = 7) {
  Fixture fixture;
  Clusters clusters(dims, seed);
  const std::size_t width = dims * wire::element_bytes(element);
  fixture.stored.resize(count * width);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<float> vector = clusters.draw();
    for (float& value : vector) {
      value = round_to(element, element == ElementType::kI8 ? 20 * value : value);
    }
    encode(vector, element, fixture.stored.data() + i * width);
  }
  for (int i = 0; i < 40; ++i) {
    fixture.queries.push_back(clusters.draw());
    for (float& value : fixture.queries.back()) {
      value = element == ElementType::kI8 ? 20 * value : value;
    }
  }
  fixture.column = {fixture.stored.data(), count, dims, element};
  fixture.bytes =
      build_index(fixture.column, metric, DocSet::all(static_cast<DocId>(count)), {}).value();
  fixture.index = Index::open(fixture.bytes, fixture.column, metric).value();
  return fixture;
}

double recall(const Fixture& fixture, DistanceMetric metric, const DocSet* allowed,
              std::uint32_t k = 10) {
  const DocSet all = DocSet::all(static_cast<DocId>(fixture.column.count));
  std::size_t hits = 0;
  std::size_t wanted = 0;
  for (const auto& query : fixture.queries) {
    const auto truth = search_exact(fixture.column, metric, query, k, allowed ? *allowed : all);
    const auto found = fixture.index->search(query, {.k = k, .allowed = allowed});
    for (const Neighbor& neighbor : truth) {
      hits += std::ranges::count(found, neighbor.doc, &Neighbor::doc) > 0 ? 1 : 0;
    }
    wanted += truth.size();
  }
  return wanted == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(wanted);
}

DocSet random_subset(DocId universe, double share, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution keep(share);
  std::vector<DocId> docs;
  for (DocId doc = 0; doc < universe; ++doc) {
    if (keep(random)) {
      docs.push_back(doc);
    }
  }
  return DocSet::of(universe, std::move(docs));
}

TEST(Index, FindsNineteenOfTwentyNeighboursForEveryMetricAndElement) {
  for (DistanceMetric metric : {kCosine, kEuclidean}) {
    for (ElementType element : {ElementType::kF32, ElementType::kF16, ElementType::kI8}) {
      const Fixture fixture = make(4000, 48, metric, element);
      EXPECT_GE(recall(fixture, metric, nullptr), 0.95)
          << static_cast<int>(metric) << " " << static_cast<int>(element);
    }
  }
}

TEST(Index, AFilterDoesNotLowerRecall) {
  const Fixture fixture = make(6000, 64, kCosine);
  for (double share : {0.5, 0.1, 0.01, 0.001}) {
    const DocSet allowed = random_subset(6000, share, 5);
    EXPECT_GE(recall(fixture, kCosine, &allowed), 0.95) << share;
  }
}

TEST(Index, RemovingWhatLiesNearestDoesNotLowerRecall) {
  const Fixture fixture = make(6000, 64, kCosine);
  const DocSet all = DocSet::all(6000);
  for (const auto& query : fixture.queries) {
    DocSet rest = all;
    std::vector<DocId> gone;
    for (const Neighbor& neighbor : search_exact(fixture.column, kCosine, query, 500, all)) {
      gone.push_back(neighbor.doc);
    }
    rest.subtract(DocSet::unsorted(6000, gone));
    const auto truth = search_exact(fixture.column, kCosine, query, 10, rest);
    const auto found = fixture.index->search(query, {.k = 10, .allowed = &rest});
    std::size_t hits = 0;
    for (const Neighbor& neighbor : truth) {
      hits += std::ranges::count(found, neighbor) > 0 ? 1 : 0;
    }
    EXPECT_GE(hits, 7U);
  }
}

TEST(Index, DistancesAreExactAndAscending) {
  const Fixture fixture = make(1000, 20, kEuclidean);
  const QueryDistance distance(kEuclidean, fixture.queries[0]);
  const auto found = fixture.index->search(fixture.queries[0], {.k = 25});
  ASSERT_EQ(found.size(), 25U);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  for (const Neighbor& neighbor : found) {
    EXPECT_EQ(neighbor.distance, distance(fixture.column, neighbor.doc));
  }
}

TEST(Index, ATargetOfOneIsExactlyTheExactSearch) {
  const Fixture fixture = make(1500, 32, kCosine);
  for (const auto& query : fixture.queries) {
    EXPECT_EQ(fixture.index->search(query, {.k = 10, .recall_target = 1}),
              search_exact(fixture.column, kCosine, query, 10, DocSet::all(1500)));
  }
}

TEST(Index, GivesEverythingWhenAskedForMoreThanThereIs) {
  const Fixture fixture = make(300, 8, kCosine);
  const DocSet allowed = random_subset(300, 0.5, 3);
  EXPECT_EQ(fixture.index->search(fixture.queries[0], {.k = 1000}).size(), 300U);
  EXPECT_EQ(fixture.index->search(fixture.queries[0], {.k = 1000, .allowed = &allowed}).size(),
            allowed.count());
  EXPECT_TRUE(fixture.index->search(fixture.queries[0], {.k = 0}).empty());
}

TEST(Index, WorksForAnyNumberOfDimensionsAndDocuments) {
  for (std::uint32_t dims : {1U, 2U, 3U, 127U, 128U, 129U, 1000U}) {
    for (std::size_t count : {0U, 1U, 2U, 40U}) {
      for (DistanceMetric metric : {kCosine, kEuclidean}) {
        const Fixture fixture = make(count, dims, metric);
        const auto found = fixture.index->search(fixture.queries[0], {.k = 5});
        EXPECT_EQ(found.size(), std::min<std::size_t>(count, 5)) << dims << " " << count;
        EXPECT_GE(recall(fixture, metric, nullptr, 3), 0.9) << dims << " " << count;
      }
    }
  }
}

TEST(Index, TheSameSeedGivesTheSameBytesWithAnyNumberOfThreads) {
  const Fixture fixture = make(3000, 24, kCosine);
  const DocSet all = DocSet::all(3000);
  EXPECT_EQ(build_index(fixture.column, kCosine, all, {.seed = 1, .threads = 3}).value(),
            fixture.bytes);
  EXPECT_NE(build_index(fixture.column, kCosine, all, {.seed = 2}).value(), fixture.bytes);
}

TEST(Index, DocumentsThatAreNotPresentAreNeverFound) {
  const Fixture fixture = make(500, 16, kCosine);
  const DocSet present = random_subset(500, 0.4, 9);
  const auto bytes = build_index(fixture.column, kCosine, present, {}).value();
  const auto index = Index::open(bytes, fixture.column, kCosine).value();
  const auto found = index->search(fixture.queries[0], {.k = 500});
  EXPECT_EQ(found.size(), present.count());
  for (const Neighbor& neighbor : found) {
    EXPECT_TRUE(present.contains(neighbor.doc));
  }
}

TEST(Index, ZeroVectorsAndDuplicatesHaveTheirPlace) {
  constexpr std::size_t kCount = 900;
  std::vector<float> stored(kCount * 4, 0);
  for (std::size_t i = 0; i < kCount; ++i) {
    stored[i * 4] = i % 3 == 0 ? 0.0F : 1.0F;  // a third zero, a third all the same,
    stored[i * 4 + 1] = i % 3 == 1 ? 0.0F : stored[i * 4] * static_cast<float>(i);
  }
  const VectorView column{std::as_bytes(std::span(stored)).data(), kCount, 4, ElementType::kF32};
  const DocSet all = DocSet::all(kCount);
  const std::vector<float> query = {1, 0, 0, 0};
  const std::vector<float> opposite = {-1, -1, 0, 0};
  const std::vector<float> zero = {0, 0, 0, 0};
  for (DistanceMetric metric : {kCosine, kEuclidean}) {
    const auto bytes = build_index(column, metric, all, {}).value();
    const auto index = Index::open(bytes, column, metric).value();
    for (const auto& each : {query, opposite, zero}) {
      const auto found = index->search(each, {.k = 10, .recall_target = 1});
      const auto truth = search_exact(column, metric, each, 10, all);
      ASSERT_EQ(found.size(), truth.size());
      for (std::size_t i = 0; i < truth.size(); ++i) {
        EXPECT_EQ(found[i].distance, truth[i].distance);
      }
    }
  }
}

TEST(Index, QueriesAndVectorsBeyondTheRangeOfSquaresAreAnsweredExactly) {
  const float huge = std::numeric_limits<float>::max();
  std::vector<float> stored = {1, 2, huge, -huge, 3, 4, 5, 6};
  const VectorView column{std::as_bytes(std::span(stored)).data(), 4, 2, ElementType::kF32};
  const DocSet all = DocSet::all(4);
  for (DistanceMetric metric : {kCosine, kEuclidean}) {
    const auto bytes = build_index(column, metric, all, {}).value();
    const auto index = Index::open(bytes, column, metric).value();
    for (const std::vector<float>& query :
         {std::vector<float>{1, 2}, std::vector<float>{huge, huge},
          std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 1}}) {
      EXPECT_EQ(index->search(query, {.k = 4}), search_exact(column, metric, query, 4, all));
    }
  }
}

}  // namespace
}  // namespace layer::engine::vector
