#include "features/namespaces/store_metadata.h"

#include <algorithm>
#include <charconv>

#include "features/namespaces/slices.h"
#include "json/document.h"
#include "wire/value.h"

namespace layer::features::namespaces {
namespace {

constexpr std::string_view kReservedPrefix = "_hevlayer_";

// "[384]f32", "[][96]f32", "{}f16", "[]string", "int".
void read_type(std::string_view type, Column& column) {
  if (type.starts_with("{}")) {
    column.kind = ColumnKind::kSparseVector;
    return;
  }
  const bool many = type.starts_with("[][");
  const std::string_view dense = many ? type.substr(2) : type;
  if (dense.starts_with('[') && dense.size() > 1 && dense[1] != ']') {
    column.kind = many ? ColumnKind::kMultiVector : ColumnKind::kDenseVector;
    std::from_chars(dense.data() + 1, dense.data() + dense.size(), column.dims);
  } else if (type.starts_with("[]")) {
    column.kind = ColumnKind::kArray;
  }
}

// An option counts as on unless it is absent, null or false.
bool is_on(json::Object options, std::string_view name) {
  const auto value = options[name];
  bool flag = true;
  if (value.error() != simdjson::SUCCESS || value.is_null()) {
    return false;
  }
  return value.get(flag) != simdjson::SUCCESS || flag;
}

std::optional<wire::IdType> id_type_of(std::string_view type) {
  for (const auto candidate : {wire::IdType::kUint, wire::IdType::kUuid, wire::IdType::kString}) {
    if (wire::name(candidate) == type) {
      return candidate;
    }
  }
  return std::nullopt;
}

void read_schema(json::Object schema, StoreMetadata& metadata) {
  for (const auto [name, definition] : schema) {
    json::Object options;
    std::string_view type;
    if (name.starts_with(kReservedPrefix) || definition.get(options) != simdjson::SUCCESS ||
        options["type"].get(type) != simdjson::SUCCESS) {
      continue;
    }
    if (name == "id") {
      metadata.id_type = id_type_of(type);
    }
    Column column{.name = std::string(name)};
    read_type(type, column);
    column.full_text_search = is_on(options, "full_text_search");
    column.regex = is_on(options, "regex");
    column.glob = is_on(options, "glob");
    column.fuzzy = is_on(options, "fuzzy");
    column.filterable =
        options["filterable"].error() != simdjson::SUCCESS || is_on(options, "filterable");
    metadata.columns.push_back(std::move(column));
  }
}

std::optional<std::uint64_t> read_count(json::Object members, std::string_view name) {
  std::uint64_t count = 0;
  if (members[name].get(count) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return count;
}

std::optional<std::int64_t> read_time(json::Object members, std::string_view name) {
  std::string_view text;
  if (members[name].get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const auto time = wire::parse_datetime(text);
  return time ? std::optional(time->ms) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> StoreMetadata::vector_dim() const {
  const auto dense = [](const Column& c) { return c.kind == ColumnKind::kDenseVector; };
  auto found = std::ranges::find_if(
      columns, [&](const Column& c) { return dense(c) && c.name == "vector"; });
  if (found == columns.end()) {
    found = std::ranges::find_if(columns, dense);
  }
  return found != columns.end() ? std::optional(found->dims) : std::nullopt;
}

Result<StoreMetadata> parse_metadata(std::string_view body) {
  const auto document = json::Document::parse(std::string(body));
  json::Object members;
  if (!document || document->root().get(members) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUpstream, "the store's metadata answer is not a JSON object");
  }
  StoreMetadata metadata;
  if (json::Object schema; members["schema"].get(schema) == simdjson::SUCCESS) {
    read_schema(schema, metadata);
  }
  metadata.row_count = read_count(members, "approx_row_count");
  metadata.logical_bytes = read_count(members, "approx_logical_bytes");
  metadata.last_write_ms = read_time(members, "last_write_at");
  if (!metadata.last_write_ms) {
    metadata.last_write_ms = read_time(members, "updated_at");
  }
  metadata.index_json = raw_member(body, "index");
  return metadata;
}

}  // namespace layer::features::namespaces
