#include "engine/namespace/codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "engine/namespace/record.h"

namespace layer::engine::ns {
namespace {

using wire::Value;

std::vector<Value> one_of_each() {
  return {Value{},
          true,
          std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::uint64_t>::max(),
          -0.5,
          std::string("a\0b", 3),
          wire::Uuid{{1, 2, 3}},
          wire::Datetime{-5},
          wire::Bytes{"xyz"},
          std::vector<std::uint8_t>{1, 0},
          std::vector<std::int64_t>{-1, 1},
          std::vector<std::uint64_t>{},
          std::vector<double>{1.5},
          std::vector<std::string>{"", "b"},
          std::vector<wire::Uuid>{wire::Uuid{}},
          std::vector<wire::Datetime>{{.ms = 7}},
          wire::EmptyArray{},
          wire::DenseVector{{1.0F, -2.5F}},
          wire::SparseVector{{{"dim", 0.5F}}},
          wire::MultiVector{.dims = 2, .elements = {1, 2, 3, 4}}};
}

wire::Schema sample_schema() {
  wire::Schema schema;
  schema.id_type = wire::IdType::kUuid;
  schema.distance_metric = wire::DistanceMetric::kEuclideanSquared;
  schema.add({.name = "text",
              .type = {.kind = wire::Kind::kString, .array = true},
              .filterable = false,
              .full_text = wire::FullTextConfig{.language = wire::Language::kTurkish, .k1 = 2.0F},
              .glob = true,
              .embed = wire::EmbedConfig{.model = "m", .dims = 3, .attribute = {}}});
  schema.add({.name = "vector",
              .type = {.kind = wire::Kind::kDense, .element = wire::ElementType::kI8, .dims = 9},
              .ann = true});
  return schema;
}

TEST(Codec, EveryKindOfValueIsReadBack) {
  const auto values = one_of_each();
  ASSERT_EQ(values.size(), std::variant_size_v<Value>);
  for (const Value& value : values) {
    core::ByteWriter out;
    encode(out, value);
    core::ByteReader in(out.str());
    EXPECT_EQ(decode_value(in), value) << value.index();
    EXPECT_TRUE(in.done()) << value.index();
  }
}

TEST(Codec, EveryShorterFormOfAValueIsRefused) {
  for (const Value& value : one_of_each()) {
    core::ByteWriter out;
    encode(out, value);
    for (std::size_t size = 0; size < out.size(); ++size) {
      core::ByteReader in(std::string_view(out.str()).substr(0, size));
      decode_value(in);
      EXPECT_FALSE(in.done()) << value.index() << " cut at " << size;
    }
  }
}

TEST(Codec, SchemasAndSettingsAreReadBack) {
  const Settings settings{.read_only = true,
                          .pinning = Pinning{.replicas = 3, .updated_at = {.ms = 4}},
                          .num_shards = 7,
                          .parent = "source",
                          .created_at = {.ms = 1},
                          .updated_at = {.ms = 2},
                          .last_write_at = wire::Datetime{.ms = 3}};
  core::ByteWriter out;
  encode(out, sample_schema());
  encode(out, settings);
  core::ByteReader in(out.str());
  EXPECT_EQ(decode_schema(in), sample_schema());
  EXPECT_EQ(decode_settings(in), settings);
  EXPECT_TRUE(in.done());
}

TEST(Codec, DroppedAttributesKeepTheirPlaces) {
  wire::Schema schema = sample_schema();
  schema.add({.name = "other", .type = {}});
  schema.drop(0);
  schema.drop(2);
  core::ByteWriter out;
  encode(out, schema);
  core::ByteReader in(out.str());
  const wire::Schema read = decode_schema(in);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(read, schema);
  EXPECT_EQ(read.find("vector"), 1U);
  EXPECT_FALSE(read.find(""));
}

TEST(Codec, RecordsAreReadBackAndEveryShorterFormIsRefused) {
  Overlay rows;
  rows[std::uint64_t{1}] = std::nullopt;
  rows[std::uint64_t{2}] = Row{.id = std::uint64_t{2},
                               .fields = {{.attr = 0, .value = true}, {.attr = 4, .value = 1.5}}};
  const wire::Schema schema = sample_schema();
  const std::string payload = encode_record(&schema, Settings{}, rows);
  const auto record = decode_record(payload);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->schema, schema);
  ASSERT_EQ(record->rows.size(), 2U);
  EXPECT_FALSE(record->rows.at(std::uint64_t{1}));
  EXPECT_EQ(record->rows.at(std::uint64_t{2})->fields[1].value, Value(1.5));
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(decode_record(std::string_view(payload).substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace layer::engine::ns
