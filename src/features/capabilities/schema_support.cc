#include "features/capabilities/schema_support.h"

#include <algorithm>

namespace layer::features::capabilities {
namespace {

using namespaces::Column;
using namespaces::ColumnKind;

bool is_vector(const Column& c) {
  return c.kind == ColumnKind::kDenseVector || c.kind == ColumnKind::kSparseVector ||
         c.kind == ColumnKind::kMultiVector;
}

struct Need {
  std::string_view feature;
  bool (*served_by)(const Column& column);
  std::size_t columns_min;
  std::string_view otherwise;
};

constexpr auto kDense = [](const Column& c) { return c.kind == ColumnKind::kDenseVector; };
constexpr auto kText = [](const Column& c) { return c.full_text_search; };
constexpr std::string_view kNoVector = "the namespace has no vector column";
constexpr std::string_view kNoText = "no attribute of the namespace has full_text_search";

constexpr Need kNeeds[] = {
    {"dense", kDense, 1, kNoVector},
    {"distance_metric", kDense, 1, kNoVector},
    {"nearest_to_id", kDense, 1, kNoVector},
    {"auto", kDense, 1, kNoVector},
    {"vector_encoding", kDense, 1, kNoVector},
    {"fts", kText, 1, kNoText},
    {"native_text", kText, 1, kNoText},
    {"advanced_text", kText, 1, kNoText},
    {"hybrid", kText, 1, kNoText},
    {"sparse", [](const Column& c) { return c.kind == ColumnKind::kSparseVector; }, 1,
     "the namespace has no sparse vector column"},
    {"multivector", [](const Column& c) { return c.kind == ColumnKind::kMultiVector; }, 1,
     "the namespace has no multi-vector column"},
    {"multiple_fields", is_vector, 2, "the namespace has fewer than two vector columns"},
    {"array_filters", [](const Column& c) { return c.kind == ColumnKind::kArray && c.filterable; },
     1, "the namespace has no filterable array attribute"},
    {"regex_filters", [](const Column& c) { return c.regex; }, 1,
     "no attribute of the namespace has regex"},
    {"fuzzy", [](const Column& c) { return c.fuzzy; }, 1,
     "no attribute of the namespace has fuzzy"},
};

}  // namespace

std::optional<std::string_view> missing_in_schema(std::string_view feature,
                                                  const namespaces::StoreMetadata& metadata) {
  for (const Need& need : kNeeds) {
    if (need.feature == feature && static_cast<std::size_t>(std::ranges::count_if(
                                       metadata.columns, need.served_by)) < need.columns_min) {
      return need.otherwise;
    }
  }
  return std::nullopt;
}

}  // namespace layer::features::capabilities
