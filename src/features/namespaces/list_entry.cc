#include "features/namespaces/list_entry.h"

#include "features/namespaces/print.h"

namespace layer::features::namespaces {
namespace {

void print_summary(json::Writer& out, const StoreMetadata& metadata) {
  out.key("schema_summary").begin_object();
  member_or_null(out, "vector_dim", metadata.vector_dim());
  out.key("fields").begin_array();
  for (const Column& column : metadata.columns) {
    out.value(column.name);
  }
  out.end_array().end_object();
}

void print_cache_state(json::Writer& out, const ShownCache& cache) {
  out.key("cache_state").begin_object().member("state", cache.state);
  member_or_null(out, "warmed_through_ms", cache.warmed_through_ms);
  out.member("warm_inflight", cache.warm_inflight);
  out.member("certified", cache.certified).end_object();
}

}  // namespace

std::string_view shorten(std::string_view message) {
  std::size_t chars = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(message[i]) & 0xC0U) != 0x80U;
    if (begins && ++chars > kMetadataErrorCharsMax) {
      return message.substr(0, i);
    }
  }
  return message;
}

void print_list_entry(json::Writer& out, const Route& route, const Result<StoreMetadata>& metadata,
                      const freshness::Stability& stability, const ShownCache& cache) {
  static const StoreMetadata kNothing{};
  const StoreMetadata& known = metadata ? *metadata : kNothing;
  out.begin_object().member("name", route.logical);
  member_or_null(out, "row_count", known.row_count);
  member_or_null(out, "size_bytes", known.logical_bytes);
  member_or_null(out, "stable_as_of_ms", stability.stable_as_of_ms);
  out.member("is_stable", stability.stable);
  print_summary(out, known);
  out.key("index").raw(known.index_json.empty() ? "null" : known.index_json);
  print_cache_state(out, cache);
  member_or_null(out, "last_write_ms", known.last_write_ms);
  out.member("shadow", route.logical.ends_with(kShadowSuffix));
  out.key("labels").begin_object();
  for (const auto& [name, value] : settings(route).labels) {
    out.member(name, value);
  }
  out.end_object();
  if (!metadata) {
    out.member("metadata_error", shorten(metadata.error().message));
  }
  out.end_object();
}

}  // namespace layer::features::namespaces
