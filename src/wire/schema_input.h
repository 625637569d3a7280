// A schema as a client writes it, before it is merged with what the namespace already has: members
// that were left out stay unset, because the rules of change treat "absent" and "default"
// differently.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/path.h"
#include "wire/schema.h"

namespace layer::wire {

// Keys of a full_text_search object; unset keys keep the stored or default value.
struct FullTextInput {
  std::optional<Tokenizer> tokenizer;
  std::optional<Language> language;
  std::optional<bool> case_sensitive, stemming, remove_stopwords, ascii_folding;
  std::optional<std::uint32_t> max_token_length;
  std::optional<float> k1, b, k3;
};

struct AnnInput {
  bool enabled = true;
  std::optional<DistanceMetric> distance_metric;
  bool late_interaction = false;
};

struct AttributeInput {
  std::string name;
  std::string type;        // as written; parse_type checks it
  bool shorthand = false;  // written as a bare type string
  bool drop = false;       // written as {"drop": true}; nothing else is set then
  std::optional<bool> filterable;
  std::optional<std::variant<bool, FullTextInput>> full_text_search;
  std::optional<bool> regex, glob, fuzzy;
  std::optional<AnnInput> ann;
  bool sparse_knn = false;
  std::optional<std::optional<EmbedConfig>> embed;  // inner nullopt: null was written
};

// In the order written; `id` may be among them (its type then fixes the id kind).
struct SchemaInput {
  std::vector<AttributeInput> attributes;
};

// `path` leads to `value`: "schema" in a write, the root in POST /schema.
// Errors: 422 for anything that is not a map of type strings and attribute objects, for unknown
// tokenizers, languages and metrics, for `drop` beside other keys. Unknown keys of an attribute
// are ignored.
Result<SchemaInput> parse_schema_input(const json::Value& value, const json::Path& path);

}  // namespace layer::wire
