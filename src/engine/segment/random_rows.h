// Random schemas and rows of every type for the tests of segments, and the comparison of a segment
// with the rows it was made from. Test code only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/row.h"
#include "engine/segment/segment.h"
#include "engine/text/analyzer.h"
#include "engine/vector/distance.h"
#include "wire/schema.h"

namespace layer::engine::segment {

using Random = std::mt19937;

inline std::uint32_t below(Random& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random() % bound);
}

inline wire::Attribute attribute_of(std::string name, std::string_view type) {
  wire::Attribute attribute;
  attribute.name = std::move(name);
  attribute.type = wire::parse_type(type).value();
  return attribute;
}

// An attribute of every type, indexed and not.
inline wire::Schema every_type() {
  wire::Schema schema;
  schema.distance_metric = wire::DistanceMetric::kCosine;
  for (const char* type :
       {"string", "int", "uint", "float", "uuid", "datetime", "bool", "[]string", "[]int", "[]uint",
        "[]float", "[]uuid", "[]datetime", "[]bool", "bytes"}) {
    schema.add(attribute_of(std::string("a ") + type, type));
  }
  wire::Attribute plain = attribute_of("unindexed", "string");
  plain.filterable = false;
  schema.add(plain);
  wire::Attribute text = attribute_of("text", "string");
  text.full_text = wire::FullTextConfig{};
  schema.add(text);
  wire::Attribute texts = attribute_of("texts", "[]string");
  texts.filterable = false;
  texts.full_text = wire::FullTextConfig{.stemming = true, .remove_stopwords = true};
  schema.add(texts);
  for (const char* type : {"[4]f32", "[3]f16", "[5]i8"}) {
    wire::Attribute dense = attribute_of(std::string("v ") + type, type);
    dense.ann = true;
    schema.add(dense);
  }
  wire::Attribute sparse = attribute_of("sparse", "{}f16");
  sparse.sparse_knn = true;
  schema.add(sparse);
  schema.add(attribute_of("sparse without index", "{}f16"));
  schema.add(attribute_of("multi", "[][2]f32"));
  schema.add(attribute_of("never written", "string"));
  return schema;
}

inline std::string random_words(Random& random, std::uint32_t most, std::uint32_t vocabulary) {
  std::string text;
  for (std::uint32_t i = below(random, most + 1); i > 0; --i) {
    // Squared: a few words are in most documents.
    const std::uint64_t pick = below(random, vocabulary) * std::uint64_t{below(random, vocabulary)};
    text += "w" + std::to_string(pick / vocabulary) + " ";
  }
  return text;
}

inline wire::Uuid random_uuid(Random& random) {
  wire::Uuid uuid;
  for (auto& byte : uuid.bytes) {
    byte = static_cast<std::uint8_t>(below(random, 3));
  }
  return uuid;
}

template <class T, class F>
std::vector<T> random_array(Random& random, F&& one) {
  std::vector<T> values(below(random, 4));
  for (T& value : values) {
    value = one(random);
  }
  return values;
}

inline wire::Value random_value(Random& random, const wire::Attribute& attribute) {
  const auto integer = [](Random& from) -> std::int64_t {
    return below(from, 8) == 0 ? static_cast<std::int64_t>(std::uint64_t{from()} << 32 | from())
                               : static_cast<std::int64_t>(below(from, 21)) - 10;
  };
  const auto unsigned_integer = [&](Random& from) {
    return static_cast<std::uint64_t>(integer(from));
  };
  const auto real = [](Random& from) { return (below(from, 41) - 20.0) / 4; };
  const auto datetime = [&](Random& from) { return wire::Datetime{integer(from)}; };
  const auto string = [](Random& from) { return random_words(from, 2, 12); };
  const auto boolean = [](Random& from) { return static_cast<std::uint8_t>(below(from, 2)); };
  const wire::AttributeType& type = attribute.type;
  switch (type.kind) {
    case wire::Kind::kString:
      if (type.array) {
        return random_array<std::string>(random, string);
      }
      return attribute.full_text ? random_words(random, 12, 300) : string(random);
    case wire::Kind::kInt:
      return type.array ? wire::Value(random_array<std::int64_t>(random, integer))
                        : wire::Value(integer(random));
    case wire::Kind::kUint:
      return type.array ? wire::Value(random_array<std::uint64_t>(random, unsigned_integer))
                        : wire::Value(unsigned_integer(random));
    case wire::Kind::kFloat:
      return type.array ? wire::Value(random_array<double>(random, real))
                        : wire::Value(real(random));
    case wire::Kind::kUuid:
      return type.array ? wire::Value(random_array<wire::Uuid>(random, random_uuid))
                        : wire::Value(random_uuid(random));
    case wire::Kind::kDatetime:
      return type.array ? wire::Value(random_array<wire::Datetime>(random, datetime))
                        : wire::Value(datetime(random));
    case wire::Kind::kBool:
      return type.array ? wire::Value(random_array<std::uint8_t>(random, boolean))
                        : wire::Value(boolean(random) != 0);
    case wire::Kind::kBytes:
      return wire::Bytes{std::string(below(random, 5), '\0')};
    case wire::Kind::kUnknown:
      return wire::EmptyArray{};
    case wire::Kind::kDense: {
      wire::DenseVector vector;
      for (std::uint32_t i = 0; i < type.dims; ++i) {
        vector.elements.push_back(static_cast<float>(below(random, 200)) - 100);
      }
      return vector;
    }
    case wire::Kind::kSparse: {
      std::map<std::string, float> entries;
      for (std::uint32_t i = below(random, 5); i > 0; --i) {
        entries["d" + std::to_string(below(random, 20))] =
            static_cast<float>(1 + below(random, 9)) / 8;
      }
      return wire::SparseVector{{entries.begin(), entries.end()}};
    }
    case wire::Kind::kMultiVector: {
      wire::MultiVector vector{.dims = type.dims, .elements = {}};
      vector.elements.assign(std::size_t{type.dims} * below(random, 3), 0.5F);
      return vector;
    }
  }
  return {};
}

inline wire::Id random_id(Random& random, wire::IdType type, std::uint32_t range) {
  const std::uint64_t number = below(random, range);
  switch (type) {
    case wire::IdType::kUint:
      return number * 7;
    case wire::IdType::kUuid: {
      wire::Uuid uuid;
      uuid.bytes[3] = static_cast<std::uint8_t>(number >> 16);
      uuid.bytes[9] = static_cast<std::uint8_t>(number >> 8);
      uuid.bytes[15] = static_cast<std::uint8_t>(number);
      return uuid;
    }
    case wire::IdType::kString:
      break;
  }
  return "id-" + std::to_string(number);
}

// At most `count` rows with distinct ids, ascending. Dense vectors are in all, others in most.
inline std::vector<Row> random_rows(Random& random, const wire::Schema& schema, wire::IdType type,
                                    std::uint32_t count) {
  std::map<wire::Id, Row> rows;
  for (std::uint32_t i = 0; i < count; ++i) {
    Row row{.id = random_id(random, type, count * 3), .fields = {}};
    for (AttrId attr = 0; attr < schema.attributes().size(); ++attr) {
      const wire::Attribute& attribute = schema.at(attr);
      const bool has = attribute.type.kind == wire::Kind::kDense || below(random, 4) != 0;
      if (has && attribute.name != "never written") {
        row.fields.push_back({.attr = attr, .value = random_value(random, attribute)});
      }
    }
    rows[row.id] = std::move(row);
  }
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (auto& [id, row] : rows) {
    sorted.push_back(std::move(row));
  }
  return sorted;
}

}  // namespace layer::engine::segment
