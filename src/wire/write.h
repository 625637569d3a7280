// A write request after its shape was checked (POST /v2/namespaces/{ns}).
// Attribute values stay as JSON until a schema says what they are: typing.h does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "wire/filter.h"
#include "wire/schema.h"
#include "wire/schema_input.h"

namespace layer::wire {

struct RawField {
  std::string_view name;  // into the request's document
  json::Value value;
};

struct RawRow {
  json::Value id;
  std::vector<RawField> fields;  // without id, in the order written; names are distinct
};

struct PatchByFilter {
  Filter filters;
  std::vector<RawField> patch;
};

struct Encryption {
  bool customer_managed = false;
  std::string key_name{};
};

struct CopySource {
  std::string source_namespace;
  std::optional<std::string> source_api_key{};  // never logged
  std::optional<std::string> source_region{};
  std::optional<Encryption> dest_encryption{};
};

// Owns the parsed body that every view and json::Value in it points to. Move only.
struct WriteRequest {
  json::Document document;

  // Unset: the field was not in the body. Columns are already turned into rows.
  std::optional<std::vector<RawRow>> upserts;
  std::optional<std::vector<RawRow>> patches;
  std::optional<std::vector<json::Value>> deletes;
  std::optional<Filter> delete_by_filter;
  std::optional<PatchByFilter> patch_by_filter;
  bool delete_by_filter_allow_partial = false;
  bool patch_by_filter_allow_partial = false;
  std::optional<Filter> upsert_condition;
  std::optional<Filter> patch_condition;
  std::optional<Filter> delete_condition;
  std::optional<DistanceMetric> distance_metric;
  std::optional<SchemaInput> schema;
  bool return_affected_ids = false;
  bool disable_backpressure = false;
  std::optional<Encryption> encryption;
  std::optional<CopySource> copy_from_namespace;
  std::optional<CopySource> branch_from_namespace;
  std::optional<std::uint32_t> num_shards;
  std::optional<bool> create_namespace;

  // Whether a namespace that does not exist comes to be by this write.
  bool creates() const {
    return create_namespace.value_or(upserts.has_value() && !upserts->empty());
  }
};

// Errors: 400 not JSON, 422 wrong shape with path and position, 400 for combinations that need no
// schema to refuse (no operation at all, copy beside other fields). Cost: one pass; no copy of
// values.
Result<WriteRequest> parse_write(std::string body);

}  // namespace layer::wire
