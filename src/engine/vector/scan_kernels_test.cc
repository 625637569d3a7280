#include "engine/vector/scan_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "engine/vector/codes.h"
#include "engine/vector/rotation.h"
#include "engine/vector/simd_targets.h"

namespace layer::engine::vector {
namespace {

std::vector<float> normal(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return draw(random); });
  return values;
}

double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  }
  return sum;
}

// 64 vectors around one centroid, coded, and a query near it.
struct Coded {
  explicit Coded(std::uint32_t dims) : padded(dims) {
    centroid = normal(padded, 1);
    query = normal(padded, 2);
    for (std::uint32_t i = 0; i < padded; ++i) {
      query[i] = centroid[i] + query[i];
    }
    blocks.resize(2 * block_bytes(padded));
    records.resize(2 * kBlock * record_bytes(padded));
    for (std::uint32_t v = 0; v < 2 * kBlock; ++v) {
      vectors.push_back(normal(padded, 100 + v));
      for (std::uint32_t i = 0; i < padded; ++i) {
        vectors.back()[i] += centroid[i];
      }
      put_one_bit(vectors.back(), centroid, &blocks[v / kBlock * block_bytes(padded)], v % kBlock);
      put_record(vectors.back(), centroid, &records[v * record_bytes(padded)]);
    }
    table.resize(std::size_t{padded} * 4);
    sums = make_table(query, table);
    base = static_cast<float>(squared_distance(query, centroid));
  }
  std::vector<Survivor> scan(float bound) const {
    std::vector<Survivor> out(2 * kBlock);
    const BlockScan scan{.table = table.data(),
                         .padded = padded,
                         .base = base,
                         .step = sums.step,
                         .offset = sums.offset,
                         .bound = bound};
    out.resize(kernel_scan_blocks(scan, blocks.data(), 2, out.data()));
    return out;
  }

  std::uint32_t padded;
  std::vector<float> centroid;
  std::vector<float> query;
  std::vector<std::vector<float>> vectors;
  std::vector<std::byte> blocks;
  std::vector<std::byte> records;
  std::vector<std::uint8_t> table;
  QueryTable sums;
  float base = 0;
};

TEST(ScanKernels, OneBitEstimatesLieWithinTheirErrorOfTheDistanceOnEveryTarget) {
  for (std::uint32_t dims : {128U, 384U, 1536U, 10752U}) {
    const Coded coded(dims);
    on_every_target([&] {
      const auto all = coded.scan(1e30F);
      ASSERT_EQ(all.size(), 2 * kBlock);
      for (const Survivor& survivor : all) {
        const double exact = squared_distance(coded.query, coded.vectors[survivor.position]);
        // Residual and query lie about sqrt(dims) from the centroid: five standard errors.
        const double error = 2 * 0.75 * std::sqrt(static_cast<double>(dims));
        EXPECT_NEAR(survivor.estimate, exact, 5 * error) << dims << " " << survivor.position;
      }
    });
  }
}

TEST(ScanKernels, EveryTargetFindsTheSameSurvivors) {
  const Coded coded(384);
  const auto all = coded.scan(1e30F);
  std::vector<float> estimates;
  for (const Survivor& survivor : all) {
    estimates.push_back(survivor.estimate);
  }
  std::ranges::sort(estimates);
  const float bound = (estimates[19] + estimates[20]) / 2;
  on_every_target([&] {
    const auto some = coded.scan(bound);
    ASSERT_EQ(some.size(), 20U);
    for (const Survivor& survivor : some) {
      EXPECT_NEAR(survivor.estimate, all[survivor.position].estimate, 0.01);
    }
    EXPECT_TRUE(coded.scan(-1e30F).empty());
  });
}

TEST(ScanKernels, FourBitSumsAreExactOnEveryTarget) {
  for (std::uint32_t dims : {128U, 256U, 384U, 1536U}) {
    const Coded coded(dims);
    std::vector<std::int8_t> query(dims);
    std::int32_t unused = 0;
    quantise_query(coded.query, query, unused);
    const std::vector<std::uint32_t> docs = {0, 5, 63, 17, 17, 2, 40, 41, 42};
    on_every_target([&] {
      std::vector<std::int32_t> sums(docs.size());
      kernel_record_dots(query.data(), dims, coded.records.data(), docs, sums.data());
      for (std::size_t i = 0; i < docs.size(); ++i) {
        std::int32_t want = 0;
        for (std::uint32_t dim = 0; dim < dims; ++dim) {
          const auto byte = static_cast<unsigned>(
              coded.records[docs[i] * record_bytes(dims) + dim / 128 * 64 + dim % 64]);
          want += query[dim] * static_cast<std::int32_t>(dim % 128 < 64 ? byte & 15 : byte >> 4);
        }
        EXPECT_EQ(sums[i], want);
      }
    });
  }
}

TEST(ScanKernels, FourBitEstimatesAreFarBetterThanOneBit) {
  const Coded coded(384);
  std::vector<std::int8_t> query(384);
  std::int32_t sum = 0;
  const float step = quantise_query(coded.query, query, sum);
  for (std::uint32_t v = 0; v < 2 * kBlock; ++v) {
    std::int32_t raw = 0;
    kernel_record_dots(query.data(), 384, coded.records.data(), std::span(&v, 1), &raw);
    CodeFactors factors;
    std::memcpy(&factors, &coded.records[v * record_bytes(384) + 192], sizeof(factors));
    const float product = step * (static_cast<float>(raw) - 7.5F * static_cast<float>(sum));
    const double estimate = factors.add + coded.base - factors.scale * product;
    EXPECT_NEAR(estimate, squared_distance(coded.query, coded.vectors[v]), 5 * 0.25 * 19.6);
  }
}

TEST(ScanKernels, CentroidDistancesAgreeWithDoubleArithmeticOnEveryTarget) {
  for (std::size_t lists : {1U, 3U, 16U, 17U, 128U, 150U}) {
    constexpr std::uint32_t kDims = 256;
    std::vector<float> query = normal(kDims, 5);
    std::vector<std::int8_t> bytes(kDims);
    std::int32_t unused = 0;
    const float step = quantise_query(query, bytes, unused);
    std::vector<std::uint8_t> seven(kDims);
    for (std::uint32_t i = 0; i < kDims; ++i) {
      seven[i] = static_cast<std::uint8_t>((bytes[i] + 128) >> 1);
    }
    std::vector<std::int8_t> codes((lists + 15) / 16 * 16 * kDims);
    std::vector<float> squared(lists);
    std::vector<float> steps(lists);
    std::vector<float> sums(lists);
    std::vector<double> want(lists);
    for (std::size_t list = 0; list < lists; ++list) {
      const auto centroid = normal(kDims, static_cast<std::uint32_t>(10 + list));
      std::vector<std::int8_t> code(kDims);
      std::int32_t sum = 0;
      steps[list] = quantise_query(centroid, code, sum);
      sums[list] = static_cast<float>(sum);
      squared[list] = static_cast<float>(dot(centroid, centroid));
      want[list] = squared_distance(query, centroid);
      for (std::uint32_t i = 0; i < kDims; ++i) {
        codes[list / 16 * 16 * kDims + i / 4 * 64 + list % 16 * 4 + i % 4] = code[i];
      }
    }
    on_every_target([&] {
      std::vector<float> distances(lists);
      const float least =
          kernel_centroid_distances({.query = seven.data(),
                                     .padded = kDims,
                                     .query_squared = static_cast<float>(dot(query, query)),
                                     .step = step,
                                     .codes = codes.data(),
                                     .squared = squared.data(),
                                     .steps = steps.data(),
                                     .sums = sums.data()},
                                    lists, distances.data());
      EXPECT_EQ(least, *std::ranges::min_element(distances));
      for (std::size_t list = 0; list < lists; ++list) {
        EXPECT_NEAR(distances[list], want[list], 0.02 * want[list]);
      }
    });
  }
}

TEST(ScanKernels, BetweenKeepsWhatLiesInTheBand) {
  std::vector<float> values(77);
  std::iota(values.begin(), values.end(), 10.0F);
  on_every_target([&] {
    std::vector<std::uint32_t> out(values.size() + kCentroidBlock);
    out.resize(kernel_between(values.data(), values.size(), 10, 70, 74, out.data()));
    EXPECT_THAT(out, testing::ElementsAre(70, 71, 72, 73));
  });
}

TEST(Rotation, KeepsDistancesAndSpreadsASingleCoordinate) {
  for (std::uint32_t padded : {128U, 384U, 640U, 1536U}) {
    const Rotation rotation(padded, 9);
    on_every_target([&] {
      std::vector<float> a = normal(padded, 3);
      std::vector<float> b = normal(padded, 4);
      const double before = squared_distance(a, b);
      rotation.apply(a);
      rotation.apply(b);
      EXPECT_NEAR(squared_distance(a, b) / before, 1, 1e-5);

      std::vector<float> unit(padded, 0);
      unit[1] = 1;
      rotation.apply(unit);
      const float largest = std::abs(
          *std::ranges::max_element(unit, {}, [](float value) { return std::abs(value); }));
      EXPECT_LT(largest, 6 / std::sqrt(static_cast<float>(padded)));
    });
  }
}

TEST(Assign, FindsTheNearestCentroidsOnEveryTarget) {
  constexpr std::uint32_t kDims = 128;
  constexpr std::size_t kLists = 37;
  constexpr std::size_t kPoints = 101;
  constexpr std::size_t kKept = 4;
  const auto points = normal(kPoints * kDims, 6);
  const auto centroids = normal(kLists * kDims, 7);
  std::vector<float> half_norms(kLists);
  for (std::size_t list = 0; list < kLists; ++list) {
    const auto row = std::span(centroids).subspan(list * kDims, kDims);
    half_norms[list] = static_cast<float>(dot(row, row) / 2);
  }
  on_every_target([&] {
    std::vector<std::uint32_t> best(kPoints * kKept);
    std::vector<float> value(kPoints * kKept);
    kernel_assign(points.data(), kPoints, centroids.data(), half_norms.data(), kLists, kDims, kKept,
                  best.data(), value.data());
    for (std::size_t p = 0; p < kPoints; ++p) {
      const auto point = std::span(points).subspan(p * kDims, kDims);
      std::vector<std::pair<double, std::uint32_t>> order;
      for (std::uint32_t list = 0; list < kLists; ++list) {
        order.emplace_back(
            squared_distance(point, std::span(centroids).subspan(list * kDims, kDims)), list);
      }
      std::ranges::sort(order);
      for (std::size_t i = 0; i < kKept; ++i) {
        EXPECT_EQ(best[p * kKept + i], order[i].second) << p;
      }
    }
  });
}

}  // namespace
}  // namespace layer::engine::vector
