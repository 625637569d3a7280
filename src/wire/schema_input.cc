#include "wire/schema_input.h"

#include <array>
#include <string_view>
#include <unordered_set>

#include "wire/keys.h"
#include "wire/metric_variants.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

// The name of every value of an enumeration that starts at zero, for an "expected one of" list.
template <class Enum, Enum Last>
std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Last); ++i) {
    names.push_back(name(static_cast<Enum>(i)));
  }
  return names;
}

template <auto Member>
Result<void> into_float(FullTextInput& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const double number, read_f64(value, path));
  out.*Member = static_cast<float>(number);
  return {};
}

Result<void> into_metric(std::optional<DistanceMetric>& out, const json::Value& value,
                         const Path& path) {
  LAYER_ASSIGN(out, read_variant(value, path, kMetricVariants));
  return {};
}

constexpr Key<FullTextInput> kFullTextKeys[] = {
    {"tokenizer",
     [](FullTextInput& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(const auto text, read_string(value, path));
       out.tokenizer = tokenizer_named(text);
       if (!out.tokenizer) {
         return unknown_variant(path, text, all_names<Tokenizer, Tokenizer::kPreTokenizedArray>());
       }
       return {};
     }},
    {"language",
     [](FullTextInput& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(const auto text, read_string(value, path));
       out.language = language_named(text);
       if (!out.language) {
         return unknown_variant(path, text, all_names<Language, Language::kTurkish>());
       }
       return {};
     }},
    {"case_sensitive", into_flag<&FullTextInput::case_sensitive>},
    {"stemming", into_flag<&FullTextInput::stemming>},
    {"remove_stopwords", into_flag<&FullTextInput::remove_stopwords>},
    {"ascii_folding", into_flag<&FullTextInput::ascii_folding>},
    {"max_token_length",
     [](FullTextInput& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.max_token_length, read_u32(value, path));
       return {};
     }},
    {"k1", into_float<&FullTextInput::k1>},
    {"b", into_float<&FullTextInput::b>},
    {"k3", into_float<&FullTextInput::k3>},
};

constexpr Key<AnnInput> kAnnKeys[] = {
    {"distance_metric",
     [](AnnInput& out, const json::Value& value, const Path& path) {
       return into_metric(out.distance_metric, value, path);
     }},
    {"late_interaction", into_flag<&AnnInput::late_interaction>},
};

constexpr Key<EmbedConfig> kEmbedKeys[] = {
    {"model",
     [](EmbedConfig& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.model, read_string(value, path));
       return {};
     }},
    {"dims",
     [](EmbedConfig& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.dims, read_u32(value, path));
       return {};
     }},
    {"attribute",
     [](EmbedConfig& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.attribute, read_string(value, path));
       return {};
     }},
};

Result<void> read_full_text(AttributeInput& out, const json::Value& value, const Path& path) {
  if (!value.is_object()) {
    LAYER_ASSIGN(out.full_text_search, read_bool(value, path));
    return {};
  }
  FullTextInput input;
  LAYER_TRY(read_keys(kFullTextKeys, input, value.get_object().value_unsafe(), path));
  out.full_text_search = input;
  return {};
}

Result<void> read_ann(AttributeInput& out, const json::Value& value, const Path& path) {
  AnnInput input;
  if (value.is_object()) {
    LAYER_TRY(read_keys(kAnnKeys, input, value.get_object().value_unsafe(), path));
  } else {
    LAYER_ASSIGN(input.enabled, read_bool(value, path));
  }
  out.ann = input;
  return {};
}

Result<void> read_sparse_knn(AttributeInput& out, const json::Value& value, const Path& path) {
  static constexpr std::array kDotProduct{std::pair{std::string_view("dot_product"), true}};
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "struct SparseKnnConfig"));
  json::Value metric;
  if (object.at_key("distance_metric").get(metric) != simdjson::SUCCESS) {
    return missing_field(path, "distance_metric");
  }
  LAYER_ASSIGN(out.sparse_knn, read_variant(metric, path.member("distance_metric"), kDotProduct));
  return {};
}

Result<void> read_embed(AttributeInput& out, const json::Value& value, const Path& path) {
  EmbedConfig config;
  if (value.is_string()) {
    config.model = value.get_string().value_unsafe();
  } else {
    LAYER_ASSIGN(const json::Object object, read_object(value, path, "a model name or a map"));
    LAYER_TRY(read_keys(kEmbedKeys, config, object, path));
    if (config.model.empty()) {
      return missing_field(path, "model");
    }
  }
  out.embed = std::optional(std::move(config));
  return {};
}

constexpr Key<AttributeInput> kAttributeKeys[] = {
    {"filterable", into_flag<&AttributeInput::filterable>},
    {"full_text_search", read_full_text},
    {"regex", into_flag<&AttributeInput::regex>},
    {"glob", into_flag<&AttributeInput::glob>},
    {"fuzzy", into_flag<&AttributeInput::fuzzy>},
    {"ann", read_ann},
    {"sparse_knn", read_sparse_knn},
    {"embed", read_embed},
};

// {"drop": true} and nothing else.
Result<void> read_drop(AttributeInput& out, const json::Object& object, const json::Value& value,
                       const Path& path) {
  LAYER_ASSIGN(out.drop, read_bool(value, path.member("drop")));
  if (!out.drop) {
    return shape_error(path.member("drop"), "invalid value: boolean `false`, expected `true`");
  }
  if (object.size() > 1) {
    return shape_error(path, "`drop` cannot be combined with other schema settings");
  }
  return {};
}

// An object without a type is no attribute at all: `schema_path` then locates the error, as the
// store tells a wrapped body from a misspelt option.
Result<AttributeInput> read_attribute(std::string_view name, const json::Value& value,
                                      const Path& schema_path) {
  AttributeInput out;
  out.name = name;
  if (value.is_string()) {
    out.type = value.get_string().value_unsafe();
    out.shorthand = true;
    return out;
  }
  const Path path = schema_path.member(name);
  json::Value drop;
  if (value.is_object() &&
      value.get_object().value_unsafe().at_key("drop").get(drop) == simdjson::SUCCESS &&
      !drop.is_null()) {
    LAYER_TRY(read_drop(out, value.get_object().value_unsafe(), drop, path));
    return out;
  }
  json::Value type;
  if (!value.is_object() ||
      value.get_object().value_unsafe().at_key("type").get(type) != simdjson::SUCCESS ||
      !type.is_string()) {
    return no_variant(schema_path, "AttributeSchemaInput");
  }
  out.type = type.get_string().value_unsafe();
  const json::Object object = value.get_object().value_unsafe();
  LAYER_TRY(read_keys(kAttributeKeys, out, object, path));
  json::Value embed;
  if (object.at_key("embed").get(embed) == simdjson::SUCCESS && embed.is_null()) {
    out.embed = std::optional<EmbedConfig>();
  }
  return out;
}

}  // namespace

Result<SchemaInput> parse_schema_input(const json::Value& value, const json::Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path));
  SchemaInput input;
  input.attributes.reserve(object.size());
  std::unordered_set<std::string_view> seen;
  for (const auto& [name, attribute] : object) {
    if (!seen.insert(name).second) {
      return duplicate_field(path, name);
    }
    LAYER_ASSIGN(auto read, read_attribute(name, attribute, path));
    input.attributes.push_back(std::move(read));
  }
  return input;
}

}  // namespace layer::wire
