#include "wire/legacy_write.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "wire/keys.h"
#include "wire/metric_variants.h"
#include "wire/write_rows.h"

namespace layer::wire {
namespace {

struct LegacyBody {
  std::optional<std::vector<json::Value>> ids;
  std::optional<json::Array> vectors;
  std::optional<json::Object> attributes;
  std::optional<json::Array> upserts;
  std::optional<DistanceMetric> distance_metric;
  std::optional<SchemaInput> schema;
};

constexpr Key<LegacyBody> kFields[] = {
    {"ids",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.ids, read_ids(value, path));
       return {};
     }},
    {"vectors",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.vectors, read_array(value, path));
       return {};
     }},
    {"attributes",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.attributes, read_object(value, path));
       return {};
     }},
    {"upserts",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.upserts, read_array(value, path));
       return {};
     }},
    {"distance_metric",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.distance_metric, read_variant(value, path, kMetricVariants));
       return {};
     }},
    {"schema",
     [](LegacyBody& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.schema, parse_schema_input(value, path));
       return {};
     }},
};

// A row before it is known whether it is written or deleted.
struct LegacyRow {
  RawRow row;
  bool deleted = false;
};

void set_vector(LegacyRow& out, const json::Value& vector) {
  if (vector.is_null()) {
    out.deleted = true;
  } else {
    out.row.fields.push_back({.name = "vector", .value = vector});
  }
}

// {"id": ..., "vector": [...]?, "attributes": {...}?}
Result<LegacyRow> read_upsert(const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path));
  LegacyRow out;
  bool has_id = false;
  for (const auto& [name, member] : object) {
    if (name == "id") {
      if (!has_id_shape(member)) {
        return no_variant(path.member("id"), "Id");
      }
      out.row.id = member;
      has_id = true;
    } else if (name == "vector") {
      set_vector(out, member);
    } else if (name == "attributes" && !member.is_null()) {
      LAYER_ASSIGN(auto fields, read_patch(member, path.member("attributes")));
      out.row.fields.insert(out.row.fields.end(), fields.begin(), fields.end());
    }
  }
  if (!has_id) {
    return missing_field(path, "id");
  }
  return out;
}

Result<std::vector<LegacyRow>> read_upserts(const json::Array& upserts, const Path& path) {
  std::vector<LegacyRow> rows;
  rows.reserve(upserts.size());
  for (const json::Value each : upserts) {
    LAYER_ASSIGN(LegacyRow row, read_upsert(each, path.item(rows.size())));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<LegacyRow>> read_lists(const LegacyBody& body, const Path& root) {
  std::vector<RawRow> columns(body.ids->size());
  if (body.attributes) {
    const Path path = root.member("attributes");
    for (const auto& [name, column] : *body.attributes) {
      LAYER_TRY(append_column(columns, name, column, path.member(name)));
    }
  }
  std::vector<LegacyRow> rows(columns.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].row = std::move(columns[i]);
    rows[i].row.id = (*body.ids)[i];
  }
  if (body.vectors) {
    std::size_t at = 0;
    for (const json::Value vector : *body.vectors) {
      if (at < rows.size()) {
        set_vector(rows[at], vector);
      }
      ++at;
    }
    if (at != rows.size()) {
      return semantic_error(fmt::format(
          "💔 `ids` and `vectors` must have equal lengths, got {} and {}", rows.size(), at));
    }
  }
  return rows;
}

}  // namespace

Result<WriteRequest> parse_legacy_write(std::string text) {
  WriteRequest request;
  LAYER_ASSIGN(request.document, json::Document::parse(std::move(text)));
  const Path root(request.document.text());
  LAYER_ASSIGN(const json::Object object, read_object(request.document.root(), root));
  LegacyBody body;
  LAYER_TRY(read_keys(kFields, body, object, root, UnknownKeys::kRefused));
  if (body.ids.has_value() == body.upserts.has_value()) {
    return semantic_error(body.ids ? "💔 use either `ids` or `upserts`, not both"
                                   : "💔 no writes provided");
  }
  LAYER_ASSIGN(auto rows, body.ids ? read_lists(body, root)
                                   : read_upserts(*body.upserts, root.member("upserts")));
  for (LegacyRow& each : rows) {
    if (const auto twice = duplicate_name(each.row.fields)) {
      return duplicate_field(root, *twice);
    }
    if (each.deleted) {
      if (!request.deletes) {
        request.deletes.emplace();
      }
      request.deletes->push_back(each.row.id);
    } else {
      if (!request.upserts) {
        request.upserts.emplace();
      }
      request.upserts->push_back(std::move(each.row));
    }
  }
  if (rows.empty()) {
    return semantic_error("💔 no writes provided");
  }
  request.distance_metric = body.distance_metric;
  request.schema = std::move(body.schema);
  return request;
}

}  // namespace layer::wire
