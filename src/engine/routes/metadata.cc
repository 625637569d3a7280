// GET /v2/namespaces/{ns}/metadata, the same under /v1, and PATCH under /v1.
#include "engine/namespace/metadata.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "engine/routes/handlers.h"
#include "json/document.h"
#include "json/writer.h"
#include "wire/print.h"
#include "wire/shape.h"

namespace layer::engine::routes {
namespace {

void print_pinning(json::Writer& out, const ns::Pinning& pinning) {
  out.key("pinning").begin_object().member("replicas", pinning.replicas);
  // One process holds every namespace it serves: what is pinned is ready.
  out.key("status").begin_object();
  out.member("ready_replicas", pinning.replicas).member("utilization", 0.0);
  out.member("updated_at", wire::to_string(pinning.updated_at)).end_object();
  out.end_object();
}

void print_encryption(json::Writer& out, bool first_version) {
  out.key("encryption").begin_object();
  if (first_version) {
    out.member("sse", true);
  } else {
    out.member("mode", "default");
  }
  out.end_object();
}

// Members that are not set are left out: clients compare the whole object.
std::string print_metadata(const ns::Metadata& metadata, bool first_version) {
  const ns::Settings& settings = metadata.settings;
  json::Writer out;
  out.begin_object().key("schema").raw(wire::print_schema_for_metadata(*metadata.schema));
  out.member("approx_logical_bytes", metadata.approx_logical_bytes);
  out.member("approx_row_count", metadata.approx_row_count);
  out.member("created_at", wire::to_string(settings.created_at));
  out.member("updated_at", wire::to_string(settings.updated_at));
  if (settings.last_write_at) {
    out.member("last_write_at", wire::to_string(*settings.last_write_at));
  }
  print_encryption(out, first_version);
  out.key("index").begin_object();
  out.member("status", metadata.unindexed ? "updating" : "up-to-date");
  if (metadata.unindexed) {
    out.member("unindexed_bytes", metadata.unindexed->bytes);
    out.member("unindexed_rows", metadata.unindexed->rows);
  }
  out.end_object();
  if (settings.pinning) {
    print_pinning(out, *settings.pinning);
  }
  if (settings.num_shards) {
    out.key("sharding").begin_object().member("num_shards", *settings.num_shards).end_object();
  }
  if (settings.parent) {
    out.key("branching").begin_object().member("parent", *settings.parent).end_object();
  }
  if (settings.read_only) {
    out.member("read_only", true);
  }
  out.end_object();
  return std::move(out).take();
}

// null or false unpins, true is one replica, an object says how many.
Result<std::optional<std::uint32_t>> read_pinning(const json::Value& value,
                                                  const json::Path& path) {
  if (value.is_null()) {
    return std::optional<std::uint32_t>();
  }
  if (value.is_bool()) {
    return value.get_bool().value_unsafe() ? std::optional<std::uint32_t>(1) : std::nullopt;
  }
  json::Value replicas;
  std::uint64_t count = 0;
  if (!value.is_object() ||
      value.get_object().value_unsafe().at_key("replicas").get(replicas) != simdjson::SUCCESS ||
      replicas.get_uint64().get(count) != simdjson::SUCCESS ||
      count > std::numeric_limits<std::uint32_t>::max()) {
    return wire::no_variant(path, "UpdatePinningInput");
  }
  if (count == 0) {
    return wire::semantic_error("💔 replicas must be greater than 0");
  }
  return std::optional(static_cast<std::uint32_t>(count));
}

Result<ns::SettingsUpdate> parse_update(const json::Document& document) {
  const json::Path root(document.text());
  LAYER_ASSIGN(const json::Object object, wire::read_object(document.root(), root));
  ns::SettingsUpdate update;
  for (const auto& [name, value] : object) {
    if (name == "pinning") {
      LAYER_ASSIGN(update.replicas, read_pinning(value, root.member("pinning")));
    } else if (name == "read_only" && !value.is_null()) {
      LAYER_ASSIGN(update.read_only, wire::read_bool(value, root.member("read_only")));
    }
  }
  return update;
}

}  // namespace

Result<wire::Response> read_metadata(Call& call) {
  LAYER_ASSIGN(const ns::Metadata metadata, call.services.catalog.metadata(call.ns));
  return json_response(print_metadata(metadata, call.first_version));
}

Result<wire::Response> update_metadata(Call& call) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::move(call.request.body)));
  LAYER_ASSIGN(const ns::SettingsUpdate update, parse_update(document));
  LAYER_ASSIGN(const ns::Metadata metadata, call.services.catalog.update_settings(call.ns, update));
  return json_response(print_metadata(metadata, call.first_version));
}

}  // namespace layer::engine::routes
