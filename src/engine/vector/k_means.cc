#include "engine/vector/k_means.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "engine/vector/random.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

void update_norms(Centroids& centroids) {
  for (std::size_t list = 0; list < centroids.count(); ++list) {
    const float* row = centroids.at(list);
    double squared = 0;
    for (std::uint32_t dim = 0; dim < centroids.padded; ++dim) {
      squared += static_cast<double>(row[dim]) * row[dim];
    }
    centroids.half_norms[list] = static_cast<float>(squared / 2);
  }
}

// The first `count` of a random permutation of 0..size-1.
std::vector<std::uint32_t> sample(std::size_t size, std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.below(size - i)]);
  }
  order.resize(count);
  return order;
}

// Moves each centroid to the mean of its points. One without points takes over the point that is
// worst served, so that no list stays empty.
void move_to_means(std::span<const float> points, std::span<const std::uint32_t> nearest,
                   std::span<const float> value, Centroids& centroids) {
  const std::size_t padded = centroids.padded;
  std::vector<std::uint32_t> sizes(centroids.count(), 0);
  std::vector<float> sums(centroids.values.size(), 0);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    ++sizes[nearest[i]];
    float* sum = &sums[nearest[i] * padded];
    const float* point = &points[i * padded];
    for (std::size_t dim = 0; dim < padded; ++dim) {
      sum[dim] += point[dim];
    }
  }
  std::vector<std::uint32_t> worst;
  for (std::size_t list = 0; list < centroids.count(); ++list) {
    float* row = &centroids.values[list * padded];
    if (sizes[list] > 0) {
      const float factor = 1 / static_cast<float>(sizes[list]);
      for (std::size_t dim = 0; dim < padded; ++dim) {
        row[dim] = sums[list * padded + dim] * factor;
      }
      continue;
    }
    if (worst.empty()) {
      std::vector<float> distance(nearest.size());
      for (std::size_t i = 0; i < nearest.size(); ++i) {
        const float* point = &points[i * padded];
        distance[i] = std::inner_product(point, point + padded, point, 0.0F) - 2 * value[i];
      }
      worst.resize(nearest.size());
      std::iota(worst.begin(), worst.end(), 0);
      std::ranges::sort(worst, [&](std::uint32_t a, std::uint32_t b) {
        return distance[a] != distance[b] ? distance[a] < distance[b] : a > b;
      });
    }
    const float* point = &points[worst.back() * padded];
    worst.pop_back();
    std::copy(point, point + padded, row);
  }
  update_norms(centroids);
}

}  // namespace

void assign(std::span<const float> points, const Centroids& centroids, std::size_t kept,
            std::uint32_t threads, std::span<std::uint32_t> best, std::span<float> value) {
  const std::size_t count = best.size() / kept;
  const std::size_t padded = centroids.padded;
  const auto part = [&](std::size_t begin, std::size_t end) {
    kernel_assign(&points[begin * padded], end - begin, centroids.values.data(),
                  centroids.half_norms.data(), centroids.count(), centroids.padded, kept,
                  &best[begin * kept], &value[begin * kept]);
  };
  constexpr std::size_t kWorthAThread = 1024;
  const std::size_t parts =
      std::clamp<std::size_t>(count / kWorthAThread, 1, std::max(threads, 1U));
  std::vector<std::jthread> workers;
  for (std::size_t i = 1; i < parts; ++i) {
    workers.emplace_back(part, count * i / parts, count * (i + 1) / parts);
  }
  if (count > 0) {
    part(0, count / parts);
  }
}

Centroids k_means(std::span<const float> points, std::uint32_t padded,
                  const KMeansOptions& options) {
  const std::size_t count = points.size() / padded;
  Random random(options.seed);
  Centroids centroids{.padded = padded, .values = {}, .half_norms = {}};
  for (std::uint32_t first : sample(count, std::min<std::size_t>(options.lists, count), random)) {
    const auto row = points.subspan(std::size_t{first} * padded, padded);
    centroids.values.insert(centroids.values.end(), row.begin(), row.end());
  }
  centroids.half_norms.resize(centroids.values.size() / padded);
  update_norms(centroids);
  std::vector<std::uint32_t> nearest(count);
  std::vector<float> value(count);
  for (std::uint32_t round = 0; round < options.rounds && count > centroids.count(); ++round) {
    assign(points, centroids, 1, options.threads, nearest, value);
    move_to_means(points, nearest, value, centroids);
  }
  return centroids;
}

}  // namespace layer::engine::vector
