// The index of index.h over checked bytes. Internal to this folder and its benchmark.
// Thread safety: immutable.
#pragma once

#include "engine/vector/index.h"
#include "engine/vector/index_format.h"
#include "engine/vector/prepare.h"

namespace layer::engine::vector {

// How hard a search tries. recall_target and the index's calibration give one.
struct Effort {
  // A list is read while |q - centroid|^2 <= reach * (distance of the k-th nearest so far).
  float reach = 2;
  // Standard errors that a one-bit estimate may be too far.
  float first_pass_errors = 2;
  // Share of the k-th distance within which second-pass estimates are compared exactly.
  float slack = 0.02F;
};

class IvfIndex final : public Index {
 public:
  IvfIndex(const IndexView& view, const VectorView& column, DistanceMetric metric);

  std::vector<Neighbor> search(std::span<const float> query, const SearchOptions& options,
                               SearchStats* stats) const override;
  std::size_t list_count() const override { return view_.header.lists; }

  Effort effort_for(double recall_target) const;
  std::vector<Neighbor> search_with(std::span<const float> query, const SearchOptions& options,
                                    const Effort& effort, SearchStats* stats) const;
  const IndexView& view() const { return view_; }

 private:
  std::vector<Neighbor> exact(std::span<const float> query, const SearchOptions& options) const;

  IndexView view_;
  VectorView column_;
  DistanceMetric metric_;
  Preparer preparer_;
};

}  // namespace layer::engine::vector
