#include "engine/namespace/codec.h"

#include <bit>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace layer::engine::ns {
namespace {

using core::ByteReader;
using core::ByteWriter;
using wire::Value;

// Encoders and decoders of one alternative each, found by overload. The tag before a value is its
// index in wire::Value, so the order of that variant is part of the format.
static_assert(std::variant_size_v<Value> == 20,
              "a new kind of value goes to the end of the variant");

void put(ByteWriter& /*out*/, const wire::Null& /*value*/) {}
void put(ByteWriter& out, bool value) {
  out.fixed<std::uint8_t>(value ? 1 : 0);
}
void put(ByteWriter& out, std::uint8_t value) {
  out.fixed(value);
}
void put(ByteWriter& out, std::int64_t value) {
  out.zigzag(value);
}
void put(ByteWriter& out, std::uint64_t value) {
  out.varint(value);
}
void put(ByteWriter& out, double value) {
  out.fixed(value);
}
void put(ByteWriter& out, const std::string& value) {
  out.string(value);
}
void put(ByteWriter& out, const wire::Uuid& value) {
  out.raw({reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
}
void put(ByteWriter& out, const wire::Datetime& value) {
  out.zigzag(value.ms);
}
void put(ByteWriter& out, const wire::Bytes& value) {
  out.string(value.data);
}
void put(ByteWriter& /*out*/, const wire::EmptyArray& /*value*/) {}

void put_floats(ByteWriter& out, const std::vector<float>& floats) {
  out.varint(floats.size());
  out.raw({reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}
void put(ByteWriter& out, const wire::DenseVector& value) {
  put_floats(out, value.elements);
}
void put(ByteWriter& out, const wire::SparseVector& value) {
  out.varint(value.entries.size());
  for (const auto& [name, weight] : value.entries) {
    out.string(name);
    out.fixed(weight);
  }
}
void put(ByteWriter& out, const wire::MultiVector& value) {
  out.varint(value.dims);
  put_floats(out, value.elements);
}
template <class T>
void put(ByteWriter& out, const std::vector<T>& values) {
  out.varint(values.size());
  for (const T& value : values) {
    put(out, value);
  }
}

void get(ByteReader& /*in*/, wire::Null& /*value*/) {}
void get(ByteReader& in, bool& value) {
  value = in.fixed<std::uint8_t>() != 0;
}
void get(ByteReader& in, std::uint8_t& value) {
  value = in.fixed<std::uint8_t>();
}
void get(ByteReader& in, std::int64_t& value) {
  value = in.zigzag();
}
void get(ByteReader& in, std::uint64_t& value) {
  value = in.varint();
}
void get(ByteReader& in, double& value) {
  value = in.fixed<double>();
}
void get(ByteReader& in, std::string& value) {
  value = in.string();
}
void get(ByteReader& in, wire::Uuid& value) {
  const std::string_view bytes = in.raw(value.bytes.size());
  if (!bytes.empty()) {
    std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
  }
}
void get(ByteReader& in, wire::Datetime& value) {
  value.ms = in.zigzag();
}
void get(ByteReader& in, wire::Bytes& value) {
  value.data = in.string();
}
void get(ByteReader& /*in*/, wire::EmptyArray& /*value*/) {}

void get_floats(ByteReader& in, std::vector<float>& floats) {
  const std::size_t count = in.count(sizeof(float));
  const std::string_view bytes = in.raw(count * sizeof(float));
  floats.resize(bytes.size() / sizeof(float));
  if (!bytes.empty()) {
    std::memcpy(floats.data(), bytes.data(), bytes.size());
  }
}
void get(ByteReader& in, wire::DenseVector& value) {
  get_floats(in, value.elements);
}
void get(ByteReader& in, wire::SparseVector& value) {
  value.entries.resize(in.count(1 + sizeof(float)));
  for (auto& [name, weight] : value.entries) {
    name = in.string();
    weight = in.fixed<float>();
  }
}
void get(ByteReader& in, wire::MultiVector& value) {
  value.dims = static_cast<std::uint32_t>(in.varint());
  get_floats(in, value.elements);
  if (value.dims == 0 || value.elements.size() % value.dims != 0) {
    in.fail();
  }
}
template <class T>
void get(ByteReader& in, std::vector<T>& values) {
  values.resize(in.count(1));
  for (T& value : values) {
    get(in, value);
  }
}

template <std::size_t Index = 0>
Value get_alternative(ByteReader& in, std::size_t tag) {
  if constexpr (Index < std::variant_size_v<Value>) {
    if (tag == Index) {
      std::variant_alternative_t<Index, Value> value{};
      get(in, value);
      return value;
    }
    return get_alternative<Index + 1>(in, tag);
  } else {
    in.fail();
    return {};
  }
}

// An enum whose last enumerator is `last`.
template <class E>
E get_enum(ByteReader& in, E last) {
  const auto value = in.fixed<std::uint8_t>();
  if (value > static_cast<std::uint8_t>(last)) {
    in.fail();
    return {};
  }
  return static_cast<E>(value);
}

template <class E>
  requires std::is_enum_v<E>
void put_enum(ByteWriter& out, E value) {
  out.fixed(static_cast<std::uint8_t>(value));
}

// A flag, then the value when there is one.
template <class T, class F>
void put_optional(ByteWriter& out, const std::optional<T>& value, F&& write) {
  put(out, value.has_value());
  if (value) {
    write(*value);
  }
}
template <class F>
auto get_optional(ByteReader& in, F&& read) -> std::optional<decltype(read())> {
  bool present = false;
  get(in, present);
  return present ? std::optional(read()) : std::nullopt;
}

void put(ByteWriter& out, const wire::FullTextConfig& config) {
  put_enum(out, config.tokenizer);
  put_enum(out, config.language);
  put(out, config.case_sensitive);
  put(out, config.stemming);
  put(out, config.remove_stopwords);
  put(out, config.ascii_folding);
  out.varint(config.max_token_length);
  out.fixed(config.k1);
  out.fixed(config.b);
  out.fixed(config.k3);
}

wire::FullTextConfig get_full_text(ByteReader& in) {
  wire::FullTextConfig config;
  config.tokenizer = get_enum(in, wire::Tokenizer::kPreTokenizedArray);
  config.language = get_enum(in, wire::Language::kTurkish);
  get(in, config.case_sensitive);
  get(in, config.stemming);
  get(in, config.remove_stopwords);
  get(in, config.ascii_folding);
  config.max_token_length = static_cast<std::uint32_t>(in.varint());
  config.k1 = in.fixed<float>();
  config.b = in.fixed<float>();
  config.k3 = in.fixed<float>();
  return config;
}

void put(ByteWriter& out, const wire::EmbedConfig& config) {
  out.string(config.model);
  put_optional(out, config.dims, [&](std::uint32_t dims) { out.varint(dims); });
  put_optional(out, config.attribute, [&](const std::string& name) { out.string(name); });
}

wire::EmbedConfig get_embed(ByteReader& in) {
  wire::EmbedConfig config;
  config.model = in.string();
  config.dims = get_optional(in, [&] { return static_cast<std::uint32_t>(in.varint()); });
  config.attribute = get_optional(in, [&] { return std::string(in.string()); });
  return config;
}

void put(ByteWriter& out, const wire::Attribute& attribute) {
  out.string(attribute.name);
  put_enum(out, attribute.type.kind);
  put(out, attribute.type.array);
  put_enum(out, attribute.type.element);
  out.varint(attribute.type.dims);
  for (const bool flag : {attribute.filterable, attribute.regex, attribute.glob, attribute.fuzzy,
                          attribute.ann, attribute.sparse_knn}) {
    put(out, flag);
  }
  put_optional(out, attribute.full_text, [&](const auto& config) { put(out, config); });
  put_optional(out, attribute.embed, [&](const auto& config) { put(out, config); });
}

wire::Attribute get_attribute(ByteReader& in) {
  wire::Attribute attribute;
  attribute.name = in.string();
  attribute.type.kind = get_enum(in, wire::Kind::kMultiVector);
  get(in, attribute.type.array);
  attribute.type.element = get_enum(in, wire::ElementType::kI8);
  attribute.type.dims = static_cast<std::uint32_t>(in.varint());
  for (bool* flag : {&attribute.filterable, &attribute.regex, &attribute.glob, &attribute.fuzzy,
                     &attribute.ann, &attribute.sparse_knn}) {
    get(in, *flag);
  }
  attribute.full_text = get_optional(in, [&] { return get_full_text(in); });
  attribute.embed = get_optional(in, [&] { return get_embed(in); });
  return attribute;
}

}  // namespace

void encode(ByteWriter& out, const wire::Id& id) {
  out.fixed(static_cast<std::uint8_t>(id.index()));
  std::visit([&](const auto& value) { put(out, value); }, id);
}

wire::Id decode_id(ByteReader& in) {
  switch (get_enum(in, wire::IdType::kString)) {
    case wire::IdType::kUint:
      return in.varint();
    case wire::IdType::kUuid: {
      wire::Uuid uuid;
      get(in, uuid);
      return uuid;
    }
    case wire::IdType::kString:
      return std::string(in.string());
  }
  return {};
}

void encode(ByteWriter& out, const Value& value) {
  out.fixed(static_cast<std::uint8_t>(value.index()));
  std::visit([&](const auto& alternative) { put(out, alternative); }, value);
}

Value decode_value(ByteReader& in) {
  return get_alternative(in, in.fixed<std::uint8_t>());
}

void encode(ByteWriter& out, const Row& row) {
  encode(out, row.id);
  out.varint(row.fields.size());
  for (const Field& field : row.fields) {
    out.varint(field.attr);
    encode(out, field.value);
  }
}

Row decode_row(ByteReader& in) {
  Row row{.id = decode_id(in), .fields = {}};
  row.fields.resize(in.count(2));
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    Field& field = row.fields[i];
    field.attr = static_cast<AttrId>(in.varint());
    if (i > 0 && field.attr <= row.fields[i - 1].attr) {
      in.fail();
    }
    field.value = decode_value(in);
  }
  return row;
}

void encode(ByteWriter& out, const wire::Schema& schema) {
  put_optional(out, schema.id_type, [&](wire::IdType type) { put_enum(out, type); });
  put_optional(out, schema.distance_metric,
               [&](wire::DistanceMetric metric) { put_enum(out, metric); });
  out.varint(schema.attributes().size());
  for (const wire::Attribute& attribute : schema.attributes()) {
    put(out, attribute);
  }
}

wire::Schema decode_schema(ByteReader& in) {
  wire::Schema schema;
  schema.id_type = get_optional(in, [&] { return get_enum(in, wire::IdType::kString); });
  schema.distance_metric =
      get_optional(in, [&] { return get_enum(in, wire::DistanceMetric::kEuclideanSquared); });
  const std::size_t count = in.count(8);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    wire::Attribute attribute = get_attribute(in);
    if (schema.find(attribute.name)) {
      in.fail();
      break;
    }
    schema.add(std::move(attribute));
  }
  return schema;
}

void encode(ByteWriter& out, const Settings& settings) {
  put(out, settings.read_only);
  put_optional(out, settings.pinning, [&](const Pinning& pinning) {
    out.varint(pinning.replicas);
    put(out, pinning.updated_at);
  });
  put_optional(out, settings.num_shards, [&](std::uint32_t shards) { out.varint(shards); });
  put_optional(out, settings.parent, [&](const std::string& parent) { out.string(parent); });
  put(out, settings.created_at);
  put(out, settings.updated_at);
  put_optional(out, settings.last_write_at, [&](wire::Datetime time) { put(out, time); });
}

Settings decode_settings(ByteReader& in) {
  const auto time = [&] {
    wire::Datetime value;
    get(in, value);
    return value;
  };
  Settings settings;
  get(in, settings.read_only);
  settings.pinning = get_optional(in, [&] {
    Pinning pinning;
    pinning.replicas = static_cast<std::uint32_t>(in.varint());
    pinning.updated_at = time();
    return pinning;
  });
  settings.num_shards = get_optional(in, [&] { return static_cast<std::uint32_t>(in.varint()); });
  settings.parent = get_optional(in, [&] { return std::string(in.string()); });
  settings.created_at = time();
  settings.updated_at = time();
  settings.last_write_at = get_optional(in, time);
  return settings;
}

}  // namespace layer::engine::ns
