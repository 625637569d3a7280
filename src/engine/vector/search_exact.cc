#include <array>

#include "engine/vector/index.h"
#include "engine/vector/top_k.h"

namespace layer::engine::vector {
namespace {

constexpr std::size_t kBatch = 256;

void scan_all(const VectorView& column, const QueryDistance& distance, TopK& nearest) {
  std::array<float, kBatch> distances;
  for (std::size_t first = 0; first < column.count; first += kBatch) {
    const std::size_t count = std::min(kBatch, column.count - first);
    distance.scan(column, first, std::span(distances.data(), count));
    for (std::size_t i = 0; i < count; ++i) {
      if (distances[i] <= nearest.bound()) {
        nearest.push({distances[i], static_cast<DocId>(first + i)});
      }
    }
  }
}

class Gatherer {
 public:
  Gatherer(const VectorView& column, const QueryDistance& distance, TopK& nearest)
      : column_(column), distance_(distance), nearest_(nearest) {}

  void add(DocId doc) {
    if (doc >= column_.count) {
      return;
    }
    docs_[count_++] = doc;
    if (count_ == kBatch) {
      flush();
    }
  }
  void flush() {
    distance_.gather(column_, std::span(docs_.data(), count_),
                     std::span(distances_.data(), count_));
    for (std::size_t i = 0; i < count_; ++i) {
      if (distances_[i] <= nearest_.bound()) {
        nearest_.push({distances_[i], docs_[i]});
      }
    }
    count_ = 0;
  }

 private:
  const VectorView& column_;
  const QueryDistance& distance_;
  TopK& nearest_;
  std::size_t count_ = 0;
  std::array<DocId, kBatch> docs_;
  std::array<float, kBatch> distances_;
};

}  // namespace

std::vector<Neighbor> search_exact(const VectorView& column, DistanceMetric metric,
                                   std::span<const float> query, std::uint32_t k,
                                   const DocSet& allowed) {
  if (k == 0) {
    return {};
  }
  const QueryDistance distance(metric, query);
  TopK nearest(k);
  if (allowed.full() && allowed.universe() == column.count) {
    scan_all(column, distance, nearest);
  } else {
    Gatherer gatherer(column, distance, nearest);
    allowed.for_each([&](DocId doc) { gatherer.add(doc); });
    gatherer.flush();
  }
  return nearest.take();
}

}  // namespace layer::engine::vector
