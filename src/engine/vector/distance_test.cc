#include "engine/vector/distance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/vector/float16.h"
#include "engine/vector/index.h"
#include "engine/vector/simd_targets.h"

namespace layer::engine::vector {
namespace {

struct Column {
  std::vector<std::byte> bytes;
  std::vector<float> values;  // as stored, decoded
  VectorView view;
};

Column make_column(std::size_t count, std::uint32_t dims, ElementType type, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Column column;
  column.values.resize(count * dims);
  for (float& value : column.values) {
    value = round_to(type, type == ElementType::kI8 ? 30 * normal(random) : normal(random));
  }
  column.bytes.resize(count * dims * wire::element_bytes(type));
  encode(column.values, type, column.bytes.data());
  column.view = {column.bytes.data(), count, dims, type};
  return column;
}

double reference(DistanceMetric metric, std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double norm_a = 0;
  double norm_b = 0;
  double squared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    dot += x * y;
    norm_a += x * x;
    norm_b += y * y;
    squared += (x - y) * (x - y);
  }
  if (metric == DistanceMetric::kEuclideanSquared) {
    return squared;
  }
  return norm_a == 0 || norm_b == 0 ? 1 : 1 - dot / std::sqrt(norm_a * norm_b);
}

constexpr ElementType kElements[] = {ElementType::kF32, ElementType::kF16, ElementType::kI8};
constexpr DistanceMetric kMetrics[] = {DistanceMetric::kCosine, DistanceMetric::kEuclideanSquared};

TEST(Distance, EveryTargetAgreesWithDoubleArithmetic) {
  on_every_target([] {
    for (std::uint32_t dims : {1U, 2U, 3U, 7U, 16U, 31U, 64U, 100U, 384U, 1031U}) {
      for (ElementType element : kElements) {
        const Column column = make_column(5, dims, element, dims);
        const Column queries = make_column(1, dims, ElementType::kF32, dims + 1);
        for (DistanceMetric metric : kMetrics) {
          const QueryDistance distance(metric, queries.values);
          for (std::size_t i = 0; i < column.view.count; ++i) {
            const double want =
                reference(metric, queries.values, std::span(column.values).subspan(i * dims, dims));
            EXPECT_NEAR(distance(column.view, i), want, 1e-6 * std::max(1.0, want))
                << dims << " dims, element " << static_cast<int>(element);
          }
        }
      }
    }
  });
}

TEST(Distance, TheFormOfTheBatchDoesNotChangeOneBit) {
  on_every_target([] {
    for (ElementType element : kElements) {
      const Column column = make_column(67, 77, element, 3);
      const Column query = make_column(1, 77, ElementType::kF32, 4);
      for (DistanceMetric metric : kMetrics) {
        const QueryDistance distance(metric, query.values);
        std::vector<float> scanned(column.view.count);
        distance.scan(column.view, 0, scanned);
        std::vector<std::uint32_t> backwards(column.view.count);
        for (std::uint32_t i = 0; i < backwards.size(); ++i) {
          backwards[i] = static_cast<std::uint32_t>(backwards.size()) - 1 - i;
        }
        std::vector<float> gathered(column.view.count);
        distance.gather(column.view, backwards, gathered);
        for (std::size_t i = 0; i < column.view.count; ++i) {
          EXPECT_EQ(scanned[i], distance(column.view, i));
          EXPECT_EQ(gathered[backwards[i]], scanned[i]);
        }
      }
    }
  });
}

TEST(Distance, MatchesTheExampleOfTheWire) {
  const std::vector<float> stored = {0.7F, 0.7F, 1.0F, 1.0F, 1.1F, 1.1F, 0.3F, 0.3F};
  const VectorView column{std::as_bytes(std::span(stored)).data(), 4, 2, ElementType::kF32};
  const std::vector<float> query = {0.8F, 0.7F};
  const QueryDistance distance(DistanceMetric::kEuclideanSquared, query);
  EXPECT_NEAR(distance(column, 0), 0.010000004F, 1e-6);
  EXPECT_NEAR(distance(column, 1), 0.13F, 1e-6);
  EXPECT_NEAR(distance(column, 2), 0.25000003F, 1e-6);
  EXPECT_NEAR(distance(column, 3), 0.40999997F, 1e-6);
}

TEST(Distance, ZeroVectorsAreAtCosineDistanceOne) {
  const std::vector<float> stored = {0, 0, 0, 1, 2, 3};
  const VectorView column{std::as_bytes(std::span(stored)).data(), 2, 3, ElementType::kF32};
  const std::vector<float> query = {1, 2, 3};
  const std::vector<float> zero = {0, 0, 0};
  EXPECT_EQ(QueryDistance(DistanceMetric::kCosine, query)(column, 0), 1);
  EXPECT_NEAR(QueryDistance(DistanceMetric::kCosine, query)(column, 1), 0, 1e-6);
  EXPECT_EQ(QueryDistance(DistanceMetric::kCosine, zero)(column, 1), 1);
}

TEST(Distance, OverflowIsFartherThanEverythingElse) {
  const float huge = std::numeric_limits<float>::max();
  const std::vector<float> stored = {huge, -huge};
  const VectorView column{std::as_bytes(std::span(stored)).data(), 1, 2, ElementType::kF32};
  const std::vector<float> query = {-huge, huge};
  for (DistanceMetric metric : kMetrics) {
    EXPECT_FALSE(std::isnan(QueryDistance(metric, query)(column, 0)));
  }
}

TEST(Storage, EveryFloat16ComesBackAsItself) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float16_value(static_cast<std::uint16_t>(bits));
    if (!std::isnan(value)) {
      ASSERT_EQ(float16_bits(value), bits) << value;
    }
  }
}

TEST(Storage, Float16RoundsToNearestWithTiesToEven) {
  EXPECT_EQ(round_to(ElementType::kF16, 2049), 2048);  // a tie, down to even
  EXPECT_EQ(round_to(ElementType::kF16, 2051), 2052);  // a tie, up to even
  EXPECT_EQ(round_to(ElementType::kF16, 0.1F), 0.0999755859375F);
  EXPECT_EQ(round_to(ElementType::kF16, 65519), 65504);
  EXPECT_TRUE(std::isinf(round_to(ElementType::kF16, 65520)));
  EXPECT_EQ(round_to(ElementType::kF16, 0x1p-25F), 0);  // half of the smallest: to even
  EXPECT_EQ(round_to(ElementType::kF16, 0x1.8p-25F), 0x1p-24F);
}

TEST(Storage, Int8KeepsWholeNumbersAndClampsTheRest) {
  const std::vector<float> in = {-128, -1, 0, 127, 300, -300, 1.9F, -1.9F};
  std::vector<std::byte> bytes(in.size());
  encode(in, ElementType::kI8, bytes.data());
  std::vector<float> out(in.size());
  decode(bytes.data(), ElementType::kI8, out);
  EXPECT_THAT(out, testing::ElementsAre(-128, -1, 0, 127, 127, -128, 1, -1));
}

TEST(ExactSearch, ReturnsTheNearestAllowedAscendingWithTiesByDocument) {
  const std::vector<float> stored = {3, 1, 1, 2, 0, 9};
  const VectorView column{std::as_bytes(std::span(stored)).data(), 6, 1, ElementType::kF32};
  const std::vector<float> query = {0};
  const auto metric = DistanceMetric::kEuclideanSquared;
  EXPECT_THAT(search_exact(column, metric, query, 3, DocSet::all(6)),
              testing::ElementsAre(Neighbor{0, 4}, Neighbor{1, 1}, Neighbor{1, 2}));
  EXPECT_THAT(search_exact(column, metric, query, 9, DocSet::of(6, {0, 2, 5})),
              testing::ElementsAre(Neighbor{1, 2}, Neighbor{9, 0}, Neighbor{81, 5}));
  EXPECT_TRUE(search_exact(column, metric, query, 0, DocSet::all(6)).empty());
  EXPECT_TRUE(search_exact(column, metric, query, 3, DocSet(6)).empty());
}

}  // namespace
}  // namespace layer::engine::vector
