#include "wire/write_rows.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "wire/shape.h"

namespace layer::wire {
namespace {

// Below this many fields comparing all pairs beats hashing.
constexpr std::size_t kPairwiseFieldsMax = 24;

Result<RawRow> read_row(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "a map"));
  RawRow row;
  row.fields.reserve(object.size());
  bool has_id = false;
  for (const auto& [name, member] : object) {
    if (name != "id") {
      row.fields.push_back({.name = name, .value = member});
      continue;
    }
    if (has_id) {
      return duplicate_field(path, name);
    }
    if (!has_id_shape(member)) {
      return no_variant(path.member("id"), "Id");
    }
    row.id = member;
    has_id = true;
  }
  if (!has_id) {
    return missing_field(path, "id");
  }
  if (const auto twice = duplicate_name(row.fields)) {
    return duplicate_field(path, *twice);
  }
  return row;
}

}  // namespace

std::optional<std::string_view> duplicate_name(const std::vector<RawField>& fields) {
  if (fields.size() <= kPairwiseFieldsMax) {
    for (std::size_t i = 1; i < fields.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (fields[i].name == fields[k].name) {
          return fields[i].name;
        }
      }
    }
    return std::nullopt;
  }
  std::unordered_set<std::string_view> seen;
  seen.reserve(fields.size());
  for (const RawField& field : fields) {
    if (!seen.insert(field.name).second) {
      return field.name;
    }
  }
  return std::nullopt;
}

bool has_id_shape(const json::Value& value) {
  return value.is_string() || value.is_uint64();
}

Result<std::vector<RawRow>> read_rows(const json::Value& value, const json::Path& path) {
  LAYER_ASSIGN(const json::Array array, read_array(value, path));
  std::vector<RawRow> rows;
  rows.reserve(array.size());
  for (const json::Value each : array) {
    LAYER_ASSIGN(RawRow row, read_row(each, path.item(rows.size())));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<json::Value>> read_ids(const json::Value& value, const json::Path& path) {
  LAYER_ASSIGN(const json::Array array, read_array(value, path));
  std::vector<json::Value> ids;
  ids.reserve(array.size());
  for (const json::Value each : array) {
    if (!has_id_shape(each) || each.is_string() != (*array.begin()).is_string()) {
      return no_variant(path, "IdVec");
    }
    ids.push_back(each);
  }
  return ids;
}

Result<void> append_column(std::vector<RawRow>& rows, std::string_view name,
                           const json::Value& column, const json::Path& path) {
  LAYER_ASSIGN(const json::Array array, read_array(column, path));
  std::size_t at = 0;
  for (const json::Value each : array) {
    if (at < rows.size()) {
      rows[at].fields.push_back({.name = name, .value = each});
    }
    ++at;
  }
  if (at != rows.size()) {
    return semantic_error(
        fmt::format("💔 columns must have equal lengths: column '{}' has {} values for {} ids",
                    name, at, rows.size()));
  }
  return {};
}

Result<std::vector<RawRow>> read_columns(const json::Value& value, const json::Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "a map"));
  std::vector<RawField> columns;
  columns.reserve(object.size());
  for (const auto& [name, column] : object) {
    columns.push_back({.name = name, .value = column});
  }
  if (const auto twice = duplicate_name(columns)) {
    return duplicate_field(path, *twice);
  }
  const auto id = std::ranges::find(columns, "id", &RawField::name);
  if (id == columns.end()) {
    return missing_field(path, "id");
  }
  LAYER_ASSIGN(const std::vector<json::Value> ids, read_ids(id->value, path.member("id")));
  std::vector<RawRow> rows(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    rows[i].id = ids[i];
    rows[i].fields.reserve(columns.size() - 1);
  }
  for (const RawField& column : columns) {
    if (column.name != "id") {
      LAYER_TRY(append_column(rows, column.name, column.value, path.member(column.name)));
    }
  }
  return rows;
}

Result<std::vector<RawField>> read_patch(const json::Value& value, const json::Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "a map"));
  std::vector<RawField> fields;
  fields.reserve(object.size());
  for (const auto& [name, member] : object) {
    if (name == "id") {
      return semantic_error("💔 `id` cannot be patched");
    }
    fields.push_back({.name = name, .value = member});
  }
  if (const auto twice = duplicate_name(fields)) {
    return duplicate_field(path, *twice);
  }
  return fields;
}

}  // namespace layer::wire
