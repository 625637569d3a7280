#include "engine/segment/schema_codec.h"

#include <optional>
#include <string>
#include <utility>

namespace layer::engine::segment {
namespace {

using wire::Attribute;
using wire::EmbedConfig;
using wire::FullTextConfig;

// Bits of an attribute's flags.
constexpr std::uint32_t kArray = 1;
constexpr std::uint32_t kFilterable = 2;
constexpr std::uint32_t kRegex = 4;
constexpr std::uint32_t kGlob = 8;
constexpr std::uint32_t kFuzzy = 16;
constexpr std::uint32_t kAnn = 32;
constexpr std::uint32_t kSparseKnn = 64;
constexpr std::uint32_t kFullText = 128;
constexpr std::uint32_t kEmbed = 256;

// Bits of a full-text configuration's flags.
constexpr std::uint32_t kCaseSensitive = 1;
constexpr std::uint32_t kStemming = 2;
constexpr std::uint32_t kRemoveStopwords = 4;
constexpr std::uint32_t kAsciiFolding = 8;

constexpr std::uint32_t when(bool on, std::uint32_t bit) {
  return on ? bit : 0;
}

template <class E>
void put_enum(ByteWriter& out, E value) {
  out.fixed(static_cast<std::uint8_t>(value));
}
template <class E>
E get_enum(ByteReader& in, E last) {
  const auto value = in.fixed<std::uint8_t>();
  if (value > static_cast<std::uint8_t>(last)) {
    in.turn_bad();
    return E{};
  }
  return static_cast<E>(value);
}
// 0: unset, else one more than the value.
template <class E>
void put_optional(ByteWriter& out, std::optional<E> value) {
  out.fixed(static_cast<std::uint8_t>(value ? static_cast<int>(*value) + 1 : 0));
}
template <class E>
std::optional<E> get_optional(ByteReader& in, E last) {
  const auto value = in.fixed<std::uint8_t>();
  if (value == 0) {
    return std::nullopt;
  }
  if (value - 1 > static_cast<int>(last)) {
    in.turn_bad();
    return std::nullopt;
  }
  return static_cast<E>(value - 1);
}

void encode_full_text(const FullTextConfig& config, ByteWriter& out) {
  put_enum(out, config.tokenizer);
  put_enum(out, config.language);
  out.varint(when(config.case_sensitive, kCaseSensitive) | when(config.stemming, kStemming) |
             when(config.remove_stopwords, kRemoveStopwords) |
             when(config.ascii_folding, kAsciiFolding));
  out.varint(config.max_token_length);
  out.fixed(config.k1);
  out.fixed(config.b);
  out.fixed(config.k3);
}

FullTextConfig decode_full_text(ByteReader& in) {
  FullTextConfig config;
  config.tokenizer = get_enum(in, wire::Tokenizer::kPreTokenizedArray);
  config.language = get_enum(in, wire::Language::kTurkish);
  const std::uint64_t flags = in.varint();
  config.case_sensitive = (flags & kCaseSensitive) != 0;
  config.stemming = (flags & kStemming) != 0;
  config.remove_stopwords = (flags & kRemoveStopwords) != 0;
  config.ascii_folding = (flags & kAsciiFolding) != 0;
  config.max_token_length = static_cast<std::uint32_t>(in.varint());
  config.k1 = in.fixed<float>();
  config.b = in.fixed<float>();
  config.k3 = in.fixed<float>();
  return config;
}

void encode_embed(const EmbedConfig& config, ByteWriter& out) {
  out.string(config.model);
  out.varint(config.dims ? std::uint64_t{*config.dims} + 1 : 0);
  out.fixed(static_cast<std::uint8_t>(config.attribute.has_value()));
  out.string(config.attribute.value_or(""));
}

EmbedConfig decode_embed(ByteReader& in) {
  EmbedConfig config;
  config.model = in.string();
  if (const std::uint64_t dims = in.varint(); dims != 0) {
    config.dims = static_cast<std::uint32_t>(dims - 1);
  }
  const bool named = in.fixed<std::uint8_t>() != 0;
  const std::string_view attribute = in.string();
  if (named) {
    config.attribute = std::string(attribute);
  }
  return config;
}

Attribute decode_attribute(ByteReader& in) {
  Attribute attribute;
  attribute.name = in.string();
  attribute.type.kind = get_enum(in, wire::Kind::kMultiVector);
  attribute.type.element = get_enum(in, wire::ElementType::kI8);
  attribute.type.dims = static_cast<std::uint32_t>(in.varint());
  const std::uint64_t flags = in.varint();
  attribute.type.array = (flags & kArray) != 0;
  attribute.filterable = (flags & kFilterable) != 0;
  attribute.regex = (flags & kRegex) != 0;
  attribute.glob = (flags & kGlob) != 0;
  attribute.fuzzy = (flags & kFuzzy) != 0;
  attribute.ann = (flags & kAnn) != 0;
  attribute.sparse_knn = (flags & kSparseKnn) != 0;
  if ((flags & kFullText) != 0) {
    attribute.full_text = decode_full_text(in);
  }
  if ((flags & kEmbed) != 0) {
    attribute.embed = decode_embed(in);
  }
  return attribute;
}

}  // namespace

void encode_schema(const wire::Schema& schema, ByteWriter& out) {
  put_optional(out, schema.id_type);
  put_optional(out, schema.distance_metric);
  out.varint(schema.attributes().size());
  for (const Attribute& attribute : schema.attributes()) {
    out.string(attribute.name);
    put_enum(out, attribute.type.kind);
    put_enum(out, attribute.type.element);
    out.varint(attribute.type.dims);
    out.varint(when(attribute.type.array, kArray) | when(attribute.filterable, kFilterable) |
               when(attribute.regex, kRegex) | when(attribute.glob, kGlob) |
               when(attribute.fuzzy, kFuzzy) | when(attribute.ann, kAnn) |
               when(attribute.sparse_knn, kSparseKnn) |
               when(attribute.full_text.has_value(), kFullText) |
               when(attribute.embed.has_value(), kEmbed));
    if (attribute.full_text) {
      encode_full_text(*attribute.full_text, out);
    }
    if (attribute.embed) {
      encode_embed(*attribute.embed, out);
    }
  }
}

wire::Schema decode_schema(ByteReader& in) {
  wire::Schema schema;
  schema.id_type = get_optional(in, wire::IdType::kString);
  schema.distance_metric = get_optional(in, wire::DistanceMetric::kEuclideanSquared);
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Attribute attribute = decode_attribute(in);
    if (schema.find(attribute.name)) {
      in.turn_bad();
    } else {
      schema.add(std::move(attribute));
    }
  }
  return schema;
}

}  // namespace layer::engine::segment
