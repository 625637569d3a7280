#include "store/capabilities.h"

#include <cstdlib>

namespace layer::store {
namespace {

constexpr std::array kFeatures{
    FeatureInfo{"namespace_crud", "Create, read and delete namespaces", "namespaces"},
    FeatureInfo{"upsert_rows", "Upsert by rows", "write"},
    FeatureInfo{"upsert_columns", "Upsert by columns", "write"},
    FeatureInfo{"deletes", "Delete by id", "write"},
    FeatureInfo{"fetch", "Fetch by id", "documents"},
    FeatureInfo{"dense", "Dense vector search", "query"},
    FeatureInfo{"distance_metric", "Choice of the distance metric", "query"},
    FeatureInfo{"fts", "Full-text search", "query"},
    FeatureInfo{"native_text", "Text analysis in the store", "query"},
    FeatureInfo{"hybrid", "Hybrid search", "query"},
    FeatureInfo{"include_attributes", "Choice of returned attributes", "query"},
    FeatureInfo{"scalar_filters", "Filters on scalars", "filters"},
    FeatureInfo{"not_filters", "Negated filters", "filters"},
    FeatureInfo{"array_filters", "Filters on arrays", "filters"},
    FeatureInfo{"regex_filters", "Regular expressions", "filters"},
    FeatureInfo{"advanced_filters", "Glob and token filters", "filters"},
    FeatureInfo{"fuzzy", "Fuzzy matching", "filters"},
    FeatureInfo{"advanced_text", "Score expressions and highlights", "query"},
    FeatureInfo{"multivector", "Multi-vector search", "query"},
    FeatureInfo{"sparse", "Sparse vector search", "query"},
    FeatureInfo{"multiple_fields", "Several vector columns", "query"},
    FeatureInfo{"multi_query", "Several queries in one request", "query"},
    FeatureInfo{"search_after", "Paging by cursor", "query"},
    FeatureInfo{"ordered_scan", "Order by attribute", "query"},
    FeatureInfo{"facet", "Counts by value", "scans"},
    FeatureInfo{"aggregate_by", "Aggregations", "query"},
    FeatureInfo{"delete_by_filter", "Delete by filter", "write"},
    FeatureInfo{"patch_rows", "Patch by rows", "write"},
    FeatureInfo{"patch_columns", "Patch by columns", "write"},
    FeatureInfo{"conditional_writes", "Conditional writes", "write"},
    FeatureInfo{"copy_from_namespace", "Copy a namespace", "write"},
    FeatureInfo{"branch_from_namespace", "Branch a namespace", "write"},
    FeatureInfo{"encryption", "Customer-managed encryption keys", "namespaces"},
    FeatureInfo{"import_arrow", "Import of Arrow streams", "import"},
    FeatureInfo{"export", "Export of rows", "export"},
    FeatureInfo{"hint_cache_warm", "Cache warm hint", "namespaces"},
    FeatureInfo{"consistency", "Choice of the consistency level", "query"},
    FeatureInfo{"snapshots", "Facet snapshots", "snapshots"},
    FeatureInfo{"udf", "Row functions", "functions"},
    FeatureInfo{"passthrough", "Routes passed through", "gateway"},
    FeatureInfo{"embed", "Embeddings of text", "embeddings"},
    FeatureInfo{"nearest_to_id", "Neighbours of a stored row", "query"},
    FeatureInfo{"temporal", "Filters by time of write", "query"},
    FeatureInfo{"include_leg_breakdown", "Ranks of each leg", "query"},
    FeatureInfo{"auto", "Routing by query", "query"},
    FeatureInfo{"threads", "Parallel legs", "query"},
    FeatureInfo{"vector_encoding", "Choice of the vector encoding", "query"},
    FeatureInfo{"read_after", "Reads that wait for a write", "consistency"},
    FeatureInfo{"stable", "Stable reads", "consistency"},
    FeatureInfo{"jobs", "Background jobs", "jobs"},
    FeatureInfo{"history", "Search history", "history"},
    FeatureInfo{"rrf", "Fusion in the store", "query"},
    FeatureInfo{"scatter", "Scatter over shards", "query"},
    FeatureInfo{"ubi", "User behaviour insights", "history"},
};

std::size_t index_of(std::string_view id) {
  const auto index = find_feature(id);
  if (!index) {
    std::abort();  // a feature id that the program itself wrote wrong
  }
  return *index;
}

}  // namespace

std::string_view name(Support support) {
  switch (support) {
    case Support::kSupported:
      return "supported";
    case Support::kApproximate:
      return "approximate";
    case Support::kUnsupported:
      return "unsupported";
    case Support::kUndeclared:
      return "undeclared";
  }
  return {};
}

std::span<const FeatureInfo> feature_table() {
  return kFeatures;
}

std::optional<std::size_t> find_feature(std::string_view id) {
  for (std::size_t i = 0; i < kFeatures.size(); ++i) {
    if (kFeatures[i].id == id) {
      return i;
    }
  }
  return std::nullopt;
}

Capabilities::Capabilities() {
  static_assert(kFeatures.size() <= kFeaturesMax);
}

Capabilities& Capabilities::declare(std::string_view id, Support support, std::string_view note) {
  entries_[index_of(id)] = {support, note};
  return *this;
}

Support Capabilities::support(std::string_view id) const {
  return entries_[index_of(id)].support;
}

std::string_view Capabilities::note(std::string_view id) const {
  return entries_[index_of(id)].note;
}

}  // namespace layer::store
