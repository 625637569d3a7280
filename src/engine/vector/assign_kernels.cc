#include <algorithm>
#include <limits>
#include <vector>

#include "engine/vector/scan_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/vector/assign_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace layer::engine::vector::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

// A tile of kPoints points and two vectors of centroids: twelve sums stay in registers.
constexpr std::size_t kPoints = 6;
// Points that share one pass over a panel of centroids while both lie in the second-level cache.
constexpr std::size_t kBatch = 96;

// Centroids two vectors wide and dimension by dimension, so that a point's element meets that many
// centroids in one multiply-add. Missing ones are zero and never win.
class Panels {
 public:
  Panels(const float* centroids, const float* half_norms, std::size_t lists, std::uint32_t padded)
      : width_(2 * hn::Lanes(D())), padded_(padded), count_((lists + width_ - 1) / width_) {
    values_.resize(count_ * width_ * padded);
    offsets_.assign(count_ * width_, std::numeric_limits<float>::infinity());
    for (std::size_t list = 0; list < lists; ++list) {
      float* panel = values_.data() + list / width_ * width_ * padded;
      for (std::size_t dim = 0; dim < padded; ++dim) {
        panel[dim * width_ + list % width_] = centroids[list * padded + dim];
      }
      offsets_[list] = half_norms[list];
    }
  }
  std::size_t count() const { return count_; }
  std::size_t width() const { return width_; }
  const float* panel(std::size_t index) const { return &values_[index * width_ * padded_]; }
  const float* offsets(std::size_t index) const { return &offsets_[index * width_]; }

 private:
  std::size_t width_;
  std::size_t padded_;
  std::size_t count_;
  std::vector<float> values_;
  std::vector<float> offsets_;
};

// The best few of one point, the greatest first.
HWY_INLINE void insert(std::uint32_t list, float value, std::size_t kept, std::uint32_t* best,
                       float* best_value) {
  std::size_t at = kept - 1;
  for (; at > 0 && best_value[at - 1] < value; --at) {
    best[at] = best[at - 1];
    best_value[at] = best_value[at - 1];
  }
  best[at] = list;
  best_value[at] = value;
}

template <std::size_t kCount>
HWY_INLINE void tile(const float* points, const Panels& panels, std::size_t panel,
                     std::uint32_t padded, std::size_t kept, std::uint32_t* best,
                     float* best_value) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  V left[kCount];
  V right[kCount];
  for (std::size_t p = 0; p < kCount; ++p) {
    left[p] = hn::Zero(d);
    right[p] = hn::Zero(d);
  }
  const float* row = panels.panel(panel);
  for (std::size_t dim = 0; dim < padded; ++dim, row += 2 * lanes) {
    const V a = hn::LoadU(d, row);
    const V b = hn::LoadU(d, row + lanes);
    for (std::size_t p = 0; p < kCount; ++p) {
      const V element = hn::Set(d, points[p * padded + dim]);
      left[p] = hn::MulAdd(element, a, left[p]);
      right[p] = hn::MulAdd(element, b, right[p]);
    }
  }
  const float* offsets = panels.offsets(panel);
  const V offset_a = hn::LoadU(d, offsets);
  const V offset_b = hn::LoadU(d, offsets + lanes);
  HWY_ALIGN float values[2 * 16];
  for (std::size_t p = 0; p < kCount; ++p) {
    const V a = hn::Sub(left[p], offset_a);
    const V b = hn::Sub(right[p], offset_b);
    float* worst = best_value + p * kept + kept - 1;
    if (!(hn::GetLane(hn::MaxOfLanes(d, hn::Max(a, b))) > *worst)) {
      continue;
    }
    hn::Store(a, d, values);
    hn::Store(b, d, values + lanes);
    for (std::size_t i = 0; i < 2 * lanes; ++i) {
      if (values[i] > *worst) {
        insert(static_cast<std::uint32_t>(panel * panels.width() + i), values[i], kept,
               best + p * kept, best_value + p * kept);
      }
    }
  }
}

void assign(const float* points, std::size_t count, const float* centroids, const float* half_norms,
            std::size_t lists, std::uint32_t padded, std::size_t kept, std::uint32_t* best,
            float* best_value) {
  const Panels panels(centroids, half_norms, lists, padded);
  std::fill_n(best, count * kept, 0);
  std::fill_n(best_value, count * kept, -std::numeric_limits<float>::infinity());
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t end = std::min(count, first + kBatch);
    for (std::size_t panel = 0; panel < panels.count(); ++panel) {
      std::size_t p = first;
      for (; p + kPoints <= end; p += kPoints) {
        tile<kPoints>(points + p * padded, panels, panel, padded, kept, best + p * kept,
                      best_value + p * kept);
      }
      for (; p < end; ++p) {
        tile<1>(points + p * padded, panels, panel, padded, kept, best + p * kept,
                best_value + p * kept);
      }
    }
  }
}

}  // namespace layer::engine::vector::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace layer::engine::vector {

HWY_EXPORT(assign);

void kernel_assign(const float* points, std::size_t count, const float* centroids,
                   const float* half_norms, std::size_t lists, std::uint32_t padded,
                   std::size_t kept, std::uint32_t* best, float* best_value) {
  HWY_DYNAMIC_DISPATCH(assign)(points, count, centroids, half_norms, lists, padded, kept, best,
                               best_value);
}

}  // namespace layer::engine::vector
#endif
