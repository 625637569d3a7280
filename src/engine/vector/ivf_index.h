// The index of index.h over checked bytes. Internal to this folder and its benchmark.
// Thread safety: immutable.
#pragma once

#include "engine/vector/index.h"
#include "engine/vector/index_format.h"
#include "engine/vector/prepare.h"

namespace layer::engine::vector {

// How hard a search tries. recall_target and the index's calibration give one.
struct Effort {
  // How much farther (squared) than the nearest centroid a centroid may be for its list to be read.
  float reach = 0;
  // By how much reach grows for each unit by which the k-th allowed document is farther away than
  // the kReferenceNeighbors-th of all, or than usual: a filter, a large k or a query unlike the
  // documents moves the neighbours wanted outwards.
  float growth = 0;
  float usual = 0;
  // Standard errors by which an estimate may be too far: of one bit, of four.
  float first_pass_errors = 2;
  float second_pass_errors = 2.5F;
};

// Calibration is measured for this many neighbours.
inline constexpr std::uint32_t kReferenceNeighbors = 10;

class IvfIndex final : public Index {
 public:
  IvfIndex(const IndexView& view, const VectorView& column, DistanceMetric metric);

  std::vector<Neighbor> search(std::span<const float> query, const SearchOptions& options,
                               SearchStats* stats) const override;
  std::size_t list_count() const override { return view_.header.lists; }

  Effort effort_for(double recall_target) const;
  std::vector<Neighbor> search_with(std::span<const float> query, const SearchOptions& options,
                                    const Effort& effort, SearchStats* stats) const;

 private:
  std::vector<Neighbor> exact(std::span<const float> query, const SearchOptions& options) const;

  IndexView view_;
  VectorView column_;
  DistanceMetric metric_;
  Preparer preparer_;
};

}  // namespace layer::engine::vector
