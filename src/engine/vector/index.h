// The approximate index of one vector column of one segment: centroids, and per centroid the
// documents with quantised codes for a first pass; the caller's column gives the exact rerank.
// Layout: docs/formats/vector-index.md. Thread safety: a built Index is immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/vector/distance.h"

namespace layer::engine::vector {

struct Neighbor {
  float distance = 0;  // exact, f32
  DocId doc = 0;
  auto operator<=>(const Neighbor&) const = default;
};

struct BuildOptions {
  std::uint64_t seed = 1;
  std::uint32_t threads = 1;
};

// Serialises an index over `column`, ready to be a section of a segment file. `present` leaves out
// documents without a vector. Memory: the codes plus a bounded training sample.
Result<std::vector<std::byte>> build_index(const VectorView& column, DistanceMetric metric,
                                           const DocSet& present, const BuildOptions& options);

struct SearchOptions {
  std::uint32_t k = 10;
  double recall_target = 0.95;      // measured on this engine's own data, see bench
  const DocSet* allowed = nullptr;  // filter and tombstones, null: all documents
};

struct SearchStats {
  std::uint64_t lists_probed = 0;
  std::uint64_t codes_scanned = 0;
  std::uint64_t records_read = 0;
  std::uint64_t vectors_reranked = 0;
};

class Index {
 public:
  // `bytes` and `column` must outlive the index. Errors: kCorrupt.
  static Result<std::unique_ptr<Index>> open(std::span<const std::byte> bytes,
                                             const VectorView& column, DistanceMetric metric);
  virtual ~Index() = default;

  // The k nearest allowed documents, ascending by (distance, doc). Widens until k are found or
  // every list was read, so that filters and tombstones do not lower recall.
  virtual std::vector<Neighbor> search(std::span<const float> query, const SearchOptions& options,
                                       SearchStats* stats = nullptr) const = 0;
  virtual std::size_t list_count() const = 0;
};

// Exact search over the allowed documents of a column, ascending by (distance, doc).
std::vector<Neighbor> search_exact(const VectorView& column, DistanceMetric metric,
                                   std::span<const float> query, std::uint32_t k,
                                   const DocSet& allowed);

}  // namespace layer::engine::vector
