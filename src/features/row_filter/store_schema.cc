#include "features/row_filter/store_schema.h"

#include <utility>

#include <fmt/format.h>

#include "features/namespaces/upstream.h"
#include "json/document.h"

namespace layer::features::row_filter {
namespace {

std::optional<wire::IdType> id_type_named(std::string_view type) {
  if (type == "uint") {
    return wire::IdType::kUint;
  }
  if (type == "uuid") {
    return wire::IdType::kUuid;
  }
  return type == "string" ? std::optional(wire::IdType::kString) : std::nullopt;
}

bool is_on(const json::Value& config, const char* index) {
  json::Value value;
  if (config[index].get(value) != simdjson::SUCCESS) {
    return false;
  }
  bool flag = false;
  return value.is_object() || (value.get(flag) == simdjson::SUCCESS && flag);
}

// How an attribute can be searched; how its texts are analysed is the store's business.
void read_indexes(const json::Value& config, wire::Attribute& attribute, wire::Schema& schema) {
  bool filterable = true;
  if (config["filterable"].get(filterable) == simdjson::SUCCESS) {
    attribute.filterable = filterable;
  }
  attribute.glob = is_on(config, "glob");
  attribute.regex = is_on(config, "regex");
  attribute.fuzzy = is_on(config, "fuzzy");
  if (is_on(config, "full_text_search")) {
    attribute.full_text.emplace();
  }
  attribute.ann = is_on(config, "ann");
  std::string_view metric;
  if (attribute.ann && config["ann"]["distance_metric"].get(metric) == simdjson::SUCCESS) {
    schema.distance_metric = wire::metric_named(metric);
  }
}

}  // namespace

Result<wire::Schema> parse_store_schema(std::string_view metadata) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::string(metadata)));
  json::Object attributes;
  if (document.root()["schema"].get(attributes) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUpstream, "the store's metadata has no schema");
  }
  wire::Schema schema;
  for (const auto& [name, value] : attributes) {
    std::string_view type;
    if (value.get(type) != simdjson::SUCCESS && value["type"].get(type) != simdjson::SUCCESS) {
      continue;
    }
    if (name == "id") {
      schema.id_type = id_type_named(type);
      continue;
    }
    const auto parsed = wire::parse_type(type);
    if (!parsed || name.empty()) {
      continue;
    }
    wire::Attribute attribute{.name = std::string(name), .type = *parsed};
    if (value.is_object()) {
      read_indexes(value, attribute, schema);
    }
    schema.add(std::move(attribute));
  }
  return schema;
}

async::Task<Result<wire::Schema>> read_store_schema(store::VectorStore& store, std::string physical,
                                                    std::string authorization,
                                                    async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const store::Answer answer,
                  co_await namespaces::read_from(store, namespaces::metadata_target(physical),
                                                 std::move(authorization), deadline));
  if (answer.status != 200) {
    co_return fail(answer.status == 404 ? ErrorCode::kNotFound : ErrorCode::kUpstream,
                   fmt::format("the store answered {} to a request for metadata", answer.status));
  }
  co_return parse_store_schema(answer.body);
}

}  // namespace layer::features::row_filter
