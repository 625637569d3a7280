#include "cli/replay_query.h"

#include <boost/json.hpp>

namespace layer::cli {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool lacks_vector(const json::value& value) {
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) {
      if (lacks_vector(item)) {
        return true;
      }
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "vector_len" || lacks_vector(member.value())) {
        return true;
      }
    }
  }
  return false;
}

// Null: not to be told from the log.
json::value rank_by(const json::object& logged) {
  if (const auto* expression = logged.if_contains("expression")) {
    return lacks_vector(*expression) ? json::value() : *expression;
  }
  const std::string kind = text(logged, "kind");
  const std::string field = text(logged, "field");
  const std::string words = text(logged, "text");
  if (logged.contains("vector_len") || field.empty()) {
    return {};
  }
  if (kind == "asc" || kind == "desc") {
    return json::array{field, kind};
  }
  if (words.empty()) {
    return {};
  }
  if (kind == "ANN" || kind == "kNN") {
    return json::array{field, kind, json::array{"Embed", words}};
  }
  return json::array{field, kind, words};
}

}  // namespace

std::optional<std::string> replay_body(const json::object& logged, std::size_t k,
                                       const std::string& more_filters) {
  if (logged.contains("queries") || logged.contains("aggregate_by")) {
    return std::nullopt;
  }
  json::object body;
  if (const auto* ids = logged.if_contains("nearest_to_id")) {
    body["nearest_to_id"] = *ids;
    body["vector_attribute"] = text(logged, "field");
  } else {
    body["rank_by"] = rank_by(logged);
    if (body["rank_by"].is_null()) {
      return std::nullopt;
    }
  }
  body["top_k"] = k;
  const auto* filters = logged.if_contains("filters");
  if (!more_filters.empty()) {
    boost::system::error_code ec;
    json::value more = json::parse(more_filters, ec);
    body["filters"] = filters == nullptr
                          ? std::move(more)
                          : json::value(json::array{"And", json::array{*filters, std::move(more)}});
  } else if (filters != nullptr) {
    body["filters"] = *filters;
  }
  for (const char* name : {"as_of", "written_before", "between"}) {
    if (const auto* value = logged.if_contains(name)) {
      body[name] = *value;
    }
  }
  return json::serialize(body);
}

}  // namespace layer::cli
