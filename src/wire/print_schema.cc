// Schemas as JSON, in the two forms that the routes answer.
#include "json/writer.h"
#include "wire/print.h"

namespace layer::wire {
namespace {

constexpr std::string_view kVector = "vector";
constexpr std::size_t kAttributeBytes = 128;  // an estimate, for reserving

// The attribute of this name is a vector by nature: whether it can be filtered is not a question.
bool is_the_vector(const Attribute& attribute) {
  return attribute.name == kVector && attribute.type.kind == Kind::kDense;
}

void write_full_text(json::Writer& out, const FullTextConfig& config) {
  const bool words = config.tokenizer != Tokenizer::kPreTokenizedArray;
  out.begin_object().member("k1", config.k1).member("b", config.b).member("k3", config.k3);
  out.key("language");
  if (words) {
    out.value(name(config.language));
  } else {
    out.null();
  }
  out.member("stemming", config.stemming).key("max_token_length");
  if (words) {
    out.value(config.max_token_length);
  } else {
    out.null();
  }
  out.member("remove_stopwords", config.remove_stopwords)
      .member("ascii_folding", config.ascii_folding)
      .member("case_sensitive", config.case_sensitive || !words)
      .member("tokenizer", name(config.tokenizer))
      .end_object();
}

void write_switches(json::Writer& out, const Attribute& attribute) {
  if (attribute.regex) {
    out.member("regex", true);
  }
  if (attribute.glob) {
    out.member("glob", true);
  }
  if (attribute.fuzzy) {
    out.member("fuzzy", true);
  }
}

void write_attribute(json::Writer& out, const Attribute& attribute) {
  out.begin_object().member("type", to_string(attribute.type));
  if (attribute.ann) {
    out.member("ann", true);
  }
  out.key("filterable");
  if (is_the_vector(attribute)) {
    out.null();
  } else {
    out.value(attribute.filterable);
  }
  out.key("full_text_search");
  if (attribute.full_text) {
    write_full_text(out, *attribute.full_text);
  } else {
    out.null();
  }
  write_switches(out, attribute);
  out.end_object();
}

void write_embed(json::Writer& out, const EmbedConfig& embed) {
  out.begin_object().member("model", embed.model);
  if (embed.dims) {
    out.member("dims", *embed.dims);
  }
  if (embed.attribute) {
    out.member("attribute", *embed.attribute);
  }
  out.end_object();
}

void write_for_metadata(json::Writer& out, const Schema& schema, const Attribute& attribute) {
  out.begin_object().member("type", to_string(attribute.type));
  if (attribute.ann) {
    out.key("ann").begin_object();
    if (schema.distance_metric) {
      out.member("distance_metric", name(*schema.distance_metric));
    }
    if (attribute.type.kind == Kind::kMultiVector) {
      out.member("late_interaction", true);
    }
    out.end_object();
  }
  if (!is_the_vector(attribute)) {
    out.member("filterable", attribute.filterable);
  }
  if (attribute.full_text) {
    out.key("full_text_search");
    write_full_text(out, *attribute.full_text);
  }
  write_switches(out, attribute);
  if (attribute.sparse_knn) {
    out.key("sparse_knn").begin_object().member("distance_metric", "dot_product").end_object();
  }
  if (attribute.embed) {
    out.key("embed");
    write_embed(out, *attribute.embed);
  }
  out.end_object();
}

}  // namespace

std::string print_schema(const Schema& schema) {
  json::Writer out((schema.attributes().size() + 1) * kAttributeBytes);
  out.begin_object();
  if (schema.id_type) {
    out.key("id").begin_object().member("type", name(*schema.id_type));
    out.key("filterable").null().key("full_text_search").null().end_object();
  }
  for (const Attribute& attribute : schema.attributes()) {
    if (!attribute.dropped()) {
      out.key(attribute.name);
      write_attribute(out, attribute);
    }
  }
  out.end_object();
  return std::move(out).take();
}

std::string print_schema_for_metadata(const Schema& schema) {
  json::Writer out((schema.attributes().size() + 1) * kAttributeBytes);
  out.begin_object();
  if (schema.id_type) {
    out.key("id").begin_object().member("type", name(*schema.id_type)).end_object();
  }
  for (const Attribute& attribute : schema.attributes()) {
    if (!attribute.dropped()) {
      out.key(attribute.name);
      write_for_metadata(out, schema, attribute);
    }
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::wire
