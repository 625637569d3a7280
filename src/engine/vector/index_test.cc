#include "engine/vector/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "engine/vector/simd_targets.h"

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
  for (int i = 0; i < 60; ++i) {
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

// Each document has near copies, as versions and overlapping chunks are; a query has none.
TEST(Index, CopiesOfDocumentsDoNotLowerRecall) {
  constexpr std::size_t kOriginals = 3000;
  constexpr std::size_t kCopies = 10;
  constexpr std::uint32_t kDims = 48;
  const Fixture originals = make(kOriginals, kDims, kEuclidean);
  std::mt19937 random(11);
  std::normal_distribution<float> noise(0, 0.3F);
  Fixture fixture;
  fixture.queries = originals.queries;
  std::vector<float> values;
  for (std::size_t copy = 0; copy < kCopies; ++copy) {
    for (DocId doc = 0; doc < kOriginals; ++doc) {
      std::vector<float> vector(kDims);
      decode(originals.column.at(doc), ElementType::kF32, vector);
      for (float value : vector) {
        values.push_back(value + noise(random));
      }
    }
  }
  const std::span<const std::byte> bytes = std::as_bytes(std::span(values));
  fixture.stored.assign(bytes.begin(), bytes.end());
  fixture.column = {fixture.stored.data(), kOriginals * kCopies, kDims, ElementType::kF32};
  fixture.bytes =
      build_index(fixture.column, kEuclidean, DocSet::all(kOriginals * kCopies), {}).value();
  fixture.index = Index::open(fixture.bytes, fixture.column, kEuclidean).value();
  EXPECT_GE(recall(fixture, kEuclidean, nullptr), 0.95);
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
  std::size_t hits = 0;
  for (const auto& query : fixture.queries) {
    std::vector<DocId> gone;
    for (const Neighbor& neighbor : search_exact(fixture.column, kCosine, query, 500, all)) {
      gone.push_back(neighbor.doc);
    }
    const DocSet rest = DocSet::unsorted(6000, gone).complement();
    const auto truth = search_exact(fixture.column, kCosine, query, 10, rest);
    for (const Neighbor& neighbor : fixture.index->search(query, {.k = 10, .allowed = &rest})) {
      hits += std::ranges::count(truth, neighbor) > 0 ? 1 : 0;
    }
  }
  EXPECT_GE(hits, 95 * fixture.queries.size() / 10);
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

TEST(Index, KeepsItsPromiseOnEveryTarget) {
  const Fixture fixture = make(3000, 40, kCosine);
  on_every_target([&] { EXPECT_GE(recall(fixture, kCosine, nullptr), 0.95); });
}

TEST(Index, ManyNeighboursAreFoundAsSurelyAsFew) {
  const Fixture fixture = make(6000, 64, kCosine);
  for (std::uint32_t k : {1U, 10U, 100U, 600U}) {
    EXPECT_GE(recall(fixture, kCosine, nullptr, k), 0.95) << k;
  }
}

TEST(Index, AHigherTargetReadsMore) {
  const Fixture fixture = make(6000, 64, kCosine);
  std::uint64_t before = 0;
  for (double target : {0.5, 0.9, 0.99}) {
    SearchStats total;
    for (const auto& query : fixture.queries) {
      SearchStats stats;
      fixture.index->search(query, {.k = 10, .recall_target = target}, &stats);
      total.codes_scanned += stats.codes_scanned;
    }
    EXPECT_GT(total.codes_scanned, before);
    before = total.codes_scanned;
  }
}

// What a search of damaged bytes finds does not matter; that it ends, and stays in its arrays,
// does.
void open_and_search(const Fixture& fixture, std::span<const std::byte> bytes) {
  const auto index = Index::open(bytes, fixture.column, kCosine);
  if (!index) {
    EXPECT_EQ(index.error().code, ErrorCode::kCorrupt);
    return;
  }
  const DocSet some = random_subset(static_cast<DocId>(fixture.column.count), 0.5, 2);
  const DocSet few = random_subset(static_cast<DocId>(fixture.column.count), 0.1, 2);
  for (const DocSet* allowed : {static_cast<const DocSet*>(nullptr), &some, &few}) {
    for (const Neighbor& neighbor :
         (*index)->search(fixture.queries[0], {.k = 10, .allowed = allowed})) {
      EXPECT_LT(neighbor.doc, fixture.column.count);
    }
  }
}

TEST(DamagedIndex, ATruncatedOneIsRefused) {
  const Fixture fixture = make(1200, 12, kCosine);
  for (std::size_t size = 0; size < fixture.bytes.size(); size += size < 512 ? 1 : 1009) {
    const std::vector<std::byte> cut(fixture.bytes.begin(),
                                     fixture.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Index::open(cut, fixture.column, kCosine)) << size;
  }
}

TEST(DamagedIndex, AnyChangedByteIsRefusedOrHarmless) {
  const Fixture fixture = make(1200, 12, kCosine);
  std::mt19937 random(4);
  for (int i = 0; i < 600; ++i) {
    std::vector<std::byte> damaged = fixture.bytes;
    // The header and the small arrays behind it first, then everything.
    const std::size_t at = random() % (i < 300 ? 4096 : damaged.size());
    damaged[at] = static_cast<std::byte>(random());
    SCOPED_TRACE(at);
    open_and_search(fixture, damaged);
  }
}

TEST(DamagedIndex, WholeArraysOfNonsenseAreRefusedOrHarmless) {
  const Fixture fixture = make(1200, 12, kCosine);
  for (const int fill : {0x00, 0x7F, 0x80, 0xFF}) {
    for (std::size_t begin = 88; begin < fixture.bytes.size(); begin += 4096) {
      std::vector<std::byte> damaged = fixture.bytes;
      const std::size_t end = std::min(begin + 4096, damaged.size());
      std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(begin),
                damaged.begin() + static_cast<std::ptrdiff_t>(end), static_cast<std::byte>(fill));
      SCOPED_TRACE(begin);
      open_and_search(fixture, damaged);
    }
  }
}

TEST(DamagedIndex, AnIndexOfAnotherColumnIsRefused) {
  const Fixture fixture = make(50, 12, kCosine);
  VectorView shorter = fixture.column;
  --shorter.count;
  EXPECT_FALSE(Index::open(fixture.bytes, shorter, kCosine));
  EXPECT_FALSE(Index::open(fixture.bytes, fixture.column, kEuclidean));
}

}  // namespace
}  // namespace layer::engine::vector
