// Lloyd's algorithm from a random start. Deterministic for a seed on one kind of processor,
// whatever the number of threads. Thread safety: a pure function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace layer::engine::vector {

struct Centroids {
  std::uint32_t padded = 0;
  std::vector<float> values;      // rows of `padded`
  std::vector<float> half_norms;  // |c|^2 / 2

  std::size_t count() const { return half_norms.size(); }
  const float* at(std::size_t list) const { return &values[list * padded]; }
};

struct KMeansOptions {
  std::uint32_t lists = 1;  // >= 1
  std::uint32_t rounds = 8;
  std::uint64_t seed = 1;
  std::uint32_t threads = 1;
};

// `points` are rows of `padded`, at least one. Fewer points than lists: one list a point.
Centroids k_means(std::span<const float> points, std::uint32_t padded,
                  const KMeansOptions& options);

// For each point the `kept` nearest centroids, nearest first; value = dot - half_norm. Both outputs
// have `kept` entries a point; kept <= centroids.count().
void assign(std::span<const float> points, const Centroids& centroids, std::size_t kept,
            std::uint32_t threads, std::span<std::uint32_t> best, std::span<float> value);

}  // namespace layer::engine::vector
