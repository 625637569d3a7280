#include "engine/vector/distance_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/vector/distance_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace layer::engine::vector::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// How stored elements become a vector of f32.
struct LoadF32 {
  using Element = float;
  HWY_INLINE V operator()(D d, const float* from) const { return hn::LoadU(d, from); }
};
struct LoadF16 {
  using Element = hwy::float16_t;
  HWY_INLINE V operator()(D d, const hwy::float16_t* from) const {
    const hn::Rebind<hwy::float16_t, D> narrow;
    return hn::PromoteTo(d, hn::LoadU(narrow, from));
  }
};
struct LoadI8 {
  using Element = std::int8_t;
  HWY_INLINE V operator()(D d, const std::int8_t* from) const {
    const hn::Rebind<std::int8_t, D> narrow;
    const hn::Rebind<std::int32_t, D> wide;
    return hn::ConvertTo(d, hn::PromoteTo(wide, hn::LoadU(narrow, from)));
  }
};

// What is summed over the dimensions. Two accumulators: the second only for the stored norm.
struct Cosine {
  static HWY_INLINE void add(V query, V stored, V& dot, V& norm) {
    dot = hn::MulAdd(query, stored, dot);
    norm = hn::MulAdd(stored, stored, norm);
  }
  static HWY_INLINE float finish(D d, V dot, V norm, float inverse_norm) {
    const float squared = hn::GetLane(hn::SumOfLanes(d, norm));
    if (squared == 0 || inverse_norm == 0) {
      return 1;
    }
    const float cosine = hn::GetLane(hn::SumOfLanes(d, dot)) * inverse_norm / std::sqrt(squared);
    return std::clamp(1 - cosine, 0.0F, 2.0F);
  }
};
struct EuclideanSquared {
  static HWY_INLINE void add(V query, V stored, V& sum, V&) {
    const V difference = hn::Sub(query, stored);
    sum = hn::MulAdd(difference, difference, sum);
  }
  static HWY_INLINE float finish(D d, V sum, V, float) {
    return hn::GetLane(hn::SumOfLanes(d, sum));
  }
};

template <class Metric, class Load>
HWY_INLINE float score(const KernelQuery& query, const typename Load::Element* stored) {
  const D d;
  const Load load;
  const std::size_t lanes = hn::Lanes(d);
  // Four chains hide the latency of the multiply-add.
  V a0 = hn::Zero(d);
  V a1 = a0;
  V a2 = a0;
  V a3 = a0;
  V b0 = a0;
  V b1 = a0;
  V b2 = a0;
  V b3 = a0;
  const float* q = query.elements;
  std::size_t i = 0;
  for (; i + 4 * lanes <= query.dims; i += 4 * lanes) {
    Metric::add(hn::LoadU(d, q + i), load(d, stored + i), a0, b0);
    Metric::add(hn::LoadU(d, q + i + lanes), load(d, stored + i + lanes), a1, b1);
    Metric::add(hn::LoadU(d, q + i + 2 * lanes), load(d, stored + i + 2 * lanes), a2, b2);
    Metric::add(hn::LoadU(d, q + i + 3 * lanes), load(d, stored + i + 3 * lanes), a3, b3);
  }
  for (; i + lanes <= query.dims; i += lanes) {
    Metric::add(hn::LoadU(d, q + i), load(d, stored + i), a0, b0);
  }
  if (i < query.dims) {
    // Zeros on both sides add nothing; nothing is read past the end of the column.
    HWY_ALIGN float query_tail[HWY_MAX_BYTES / sizeof(float)] = {};
    HWY_ALIGN typename Load::Element stored_tail[HWY_MAX_BYTES / sizeof(float)] = {};
    std::memcpy(query_tail, q + i, (query.dims - i) * sizeof(float));
    std::memcpy(stored_tail, stored + i, (query.dims - i) * sizeof(typename Load::Element));
    Metric::add(hn::Load(d, query_tail), load(d, stored_tail), a1, b1);
  }
  const V a = hn::Add(hn::Add(a0, a1), hn::Add(a2, a3));
  const V b = hn::Add(hn::Add(b0, b1), hn::Add(b2, b3));
  const float distance = Metric::finish(d, a, b, query.inverse_norm);
  // Overflowed sums: keep the order total.
  return std::isnan(distance) ? std::numeric_limits<float>::infinity() : distance;
}

template <class Metric, class Load>
HWY_INLINE void score_all(const KernelQuery& query, const VectorView& column,
                          const std::uint32_t* indexes, std::size_t first, std::span<float> out) {
  using Element = typename Load::Element;
  const auto* base = reinterpret_cast<const Element*>(column.data);
  const std::size_t dims = column.dims;
  if (indexes == nullptr) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = score<Metric, Load>(query, base + (first + i) * dims);
    }
    return;
  }
  // A gathered vector is a miss in every cache: ask for the vectors to come while scoring this one.
  constexpr std::size_t kAhead = 4;
  constexpr std::size_t kLine = 64;
  const std::size_t bytes = dims * sizeof(Element);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i + kAhead < out.size()) {
      const auto* next = reinterpret_cast<const char*>(base + indexes[i + kAhead] * dims);
      for (std::size_t offset = 0; offset < bytes; offset += kLine) {
        hwy::Prefetch(next + offset);
      }
    }
    out[i] = score<Metric, Load>(query, base + indexes[i] * dims);
  }
}

template <class Metric>
HWY_INLINE void by_element(const KernelQuery& query, const VectorView& column,
                           const std::uint32_t* indexes, std::size_t first, std::span<float> out) {
  switch (column.element) {
    case ElementType::kF32:
      return score_all<Metric, LoadF32>(query, column, indexes, first, out);
    case ElementType::kF16:
      return score_all<Metric, LoadF16>(query, column, indexes, first, out);
    case ElementType::kI8:
      return score_all<Metric, LoadI8>(query, column, indexes, first, out);
  }
}

void distances(const KernelQuery& query, const VectorView& column, const std::uint32_t* indexes,
               std::size_t first, std::span<float> out) {
  if (query.metric == DistanceMetric::kCosine) {
    by_element<Cosine>(query, column, indexes, first, out);
  } else {
    by_element<EuclideanSquared>(query, column, indexes, first, out);
  }
}

}  // namespace layer::engine::vector::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace layer::engine::vector {

HWY_EXPORT(distances);

void kernel_distances(const KernelQuery& query, const VectorView& column,
                      const std::uint32_t* indexes, std::size_t first, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(distances)(query, column, indexes, first, out);
}

}  // namespace layer::engine::vector
#endif
