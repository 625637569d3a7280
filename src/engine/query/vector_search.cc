#include "engine/query/vector_search.h"

#include <algorithm>
#include <string>

#include "engine/query/errors.h"
#include "engine/query/hit.h"

namespace layer::engine::query {
namespace {

// Both are estimates, not measurements. The index reads a few percent of a large segment's
// vectors, in lists; at this many matching rows scanning them should cost about the same.
constexpr DocId kExactRowsMax = 2000;
// A filter that keeps less than this share leaves most entries of every list unused.
constexpr DocId kIndexShareMin = 50;

}  // namespace

VectorPath choose_path(const segment::Segment& segment, AttrId attr, DocId matching,
                       std::uint32_t k, bool exact) {
  if (segment.vectors(attr) == nullptr || matching == 0) {
    return VectorPath::kNone;
  }
  const bool few =
      matching <= kExactRowsMax || matching / 4 <= k || matching < segment.size() / kIndexShareMin;
  return exact || few || segment.vector_index(attr) == nullptr ? VectorPath::kExact
                                                               : VectorPath::kIndex;
}

std::vector<vector::Neighbor> nearest(const segment::Segment& segment, AttrId attr,
                                      wire::DistanceMetric metric, std::span<const float> query,
                                      std::uint32_t k, const DocSet& allowed, VectorPath path) {
  switch (path) {
    case VectorPath::kNone:
      return {};
    case VectorPath::kExact:
      return vector::search_exact(*segment.vectors(attr), metric, query, k, allowed);
    case VectorPath::kIndex:
      return segment.vector_index(attr)->search(
          query, {.k = k, .allowed = allowed.full() ? nullptr : &allowed});
  }
  return {};
}

std::optional<float> late_interaction(wire::DistanceMetric metric, const wire::QueryVectors& query,
                                      const wire::Value& stored) {
  const auto* multi = std::get_if<wire::MultiVector>(&stored);
  if (multi == nullptr || multi->dims == 0 || multi->elements.empty()) {
    return std::nullopt;
  }
  const vector::VectorView view{.data = reinterpret_cast<const std::byte*>(multi->elements.data()),
                                .count = multi->elements.size() / multi->dims,
                                .dims = multi->dims,
                                .element = wire::ElementType::kF32};
  std::vector<float> distances(view.count);
  float total = 0;
  for (const std::vector<float>& part : query.vectors) {
    vector::QueryDistance(metric, part).scan(view, 0, distances);
    total += *std::ranges::min_element(distances);
  }
  return total;
}

Result<std::vector<vector::Neighbor>> nearest_multi(const segment::Segment& segment, AttrId attr,
                                                    wire::DistanceMetric metric,
                                                    const wire::QueryVectors& query,
                                                    std::uint32_t k, const DocSet& allowed) {
  std::vector<vector::Neighbor> found;
  if (attr >= segment.schema().attributes().size()) {
    return found;
  }
  const AttrId wanted[] = {attr};
  Row row;
  for (const DocId doc : allowed.to_vector()) {
    LAYER_TRY(segment.read_row(doc, wanted, row));
    const wire::Value* stored = row.find(attr);
    const auto distance =
        stored == nullptr ? std::nullopt : late_interaction(metric, query, *stored);
    if (distance) {
      found.push_back({.distance = *distance, .doc = doc});
    }
  }
  keep_first(found, k, std::less<>{});
  return found;
}

Result<void> check_dims(const wire::Attribute& attribute, const wire::QueryVectors& query,
                        std::string_view field) {
  const bool dense = attribute.type.kind == wire::Kind::kDense;
  if (query.vectors.empty() || (dense && query.vectors.size() != 1)) {
    return refuse("invalid vector operand for " + std::string(field) + " \"" + attribute.name +
                  "\", expecting one vector of " + to_string(attribute.type));
  }
  for (const std::vector<float>& vector : query.vectors) {
    if (vector.size() != attribute.type.dims) {
      return refuse("invalid vector operand for " + std::string(field) + " \"" + attribute.name +
                    "\", expecting " + std::to_string(attribute.type.dims) +
                    " dimensions, but got " + std::to_string(vector.size()));
    }
  }
  return {};
}

}  // namespace layer::engine::query
