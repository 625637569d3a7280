#include "engine/segment/segment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/segment/builder.h"
#include "engine/segment/expect_rows.h"
#include "engine/segment/random_rows.h"
#include "engine/segment/vector_index_writer.h"

namespace layer::engine::segment {
namespace {

using wire::IdType;

std::shared_ptr<const Segment> build(const wire::Schema& schema, const std::vector<Row>& rows,
                                     bool compress = true) {
  auto bytes = build_from_rows(schema, rows, {.compress_rows = compress});
  EXPECT_TRUE(bytes.has_value()) << bytes.error().message;
  return bytes ? open_bytes(*std::move(bytes)) : nullptr;
}

// Every type of attribute and of id: what went in comes out of every accessor.
TEST(Segment, HoldsWhatItWasBuiltFrom) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    for (const IdType type : {IdType::kUint, IdType::kUuid, IdType::kString}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", ids " << wire::name(type));
      Random random(seed);
      const wire::Schema schema = every_type();
      const auto rows = random_rows(random, schema, type, 1 + below(random, 300));
      const auto segment = build(schema, rows, seed % 2 == 0);
      ASSERT_NE(segment, nullptr);
      expect_rows(*segment, schema, rows);
    }
  }
}

TEST(Segment, OfOneRowAndOfNone) {
  Random random(7);
  const wire::Schema schema = every_type();
  for (const std::uint32_t count : {0U, 1U}) {
    const auto rows = random_rows(random, schema, IdType::kString, count);
    const auto segment = build(schema, rows);
    ASSERT_NE(segment, nullptr);
    expect_rows(*segment, schema, rows);
  }
}

TEST(Segment, RefusesRowsThatItsCallerShouldNotSend) {
  wire::Schema schema;
  schema.add(attribute_of("n", "int"));
  schema.add(attribute_of("v", "[2]f32"));
  const Row good{.id = std::uint64_t{1}, .fields = {{0, std::int64_t{1}}}};
  const auto refuses = [&](std::vector<Row> rows) {
    const auto result = build_from_rows(schema, rows, {});
    return !result && result.error().code == ErrorCode::kInternal;
  };
  EXPECT_TRUE(refuses({good, good}));
  EXPECT_TRUE(refuses({good, {.id = std::string("x"), .fields = {}}}));
  EXPECT_TRUE(refuses({{.id = std::uint64_t{1}, .fields = {{0, std::string("no int")}}}}));
  EXPECT_TRUE(refuses({{.id = std::uint64_t{1}, .fields = {{7, std::int64_t{1}}}}}));
  EXPECT_TRUE(refuses({{.id = std::uint64_t{1}, .fields = {{1, wire::DenseVector{{1, 2, 3}}}}}}));
}

TEST(Segment, ReadsADocumentWithoutItsVector) {
  wire::Schema schema;
  schema.add(attribute_of("v", "[2]f32"));
  std::vector<Row> rows;
  for (std::uint64_t id = 0; id < 5; ++id) {
    rows.push_back({.id = id, .fields = {}});
  }
  rows[1].fields = {{0, wire::DenseVector{{1, 2}}}};
  rows[3].fields = {{0, wire::DenseVector{{3, 4}}}};
  const auto segment = build(schema, rows);
  ASSERT_NE(segment, nullptr);
  EXPECT_EQ(segment->documents_with(0)->to_vector(), (std::vector<DocId>{1, 3}));
  EXPECT_EQ(segment->vectors(0)->count, 5U);
  Row row;
  ASSERT_TRUE(segment->read_row(2, std::nullopt, row).has_value());
  EXPECT_TRUE(row.fields.empty());
  ASSERT_TRUE(segment->read_row(3, std::nullopt, row).has_value());
  EXPECT_EQ(row.fields.at(0).value, rows[3].fields[0].value);
}

TEST(Segment, OrdersNumbersAsNumbers) {
  wire::Schema schema;
  schema.add(attribute_of("f", "float"));
  std::vector<Row> rows;
  const std::vector<double> values{-1e300, -2.5, -0.0, 0.0, 1e-300, 3, 1e300};
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    rows.push_back({.id = i, .fields = {{0, values[values.size() - 1 - i]}}});
  }
  const auto segment = build(schema, rows);
  ASSERT_NE(segment, nullptr);
  const Column& column = *segment->column(0);
  ASSERT_EQ(column.distinct(), 6U);  // -0 is 0
  EXPECT_EQ(column.number_at(0), -1e300);
  EXPECT_EQ(column.lower_bound(0.0), 2U);
  EXPECT_EQ(column.upper_bound(-0.0), 3U);
  EXPECT_EQ(column.upper_bound(1e301), 6U);
  // The row keeps the sign that the column forgot.
  Row row;
  ASSERT_TRUE(segment->read_row(4, std::nullopt, row).has_value());
  EXPECT_TRUE(std::signbit(std::get<double>(row.fields.at(0).value)));
}

// Both ways to a segment give an index; small segments have none.
TEST(Segment, HasAVectorIndexWhenThereAreManyVectors) {
  Random random(4);
  wire::Schema schema;
  schema.distance_metric = wire::DistanceMetric::kEuclideanSquared;
  wire::Attribute attribute = attribute_of("v", "[8]f32");
  attribute.ann = true;
  schema.add(attribute);
  std::vector<Row> rows(kVectorIndexDocumentsMin);
  for (std::uint64_t id = 0; id < rows.size(); ++id) {
    rows[id] = {.id = id, .fields = {{0, random_value(random, attribute)}}};
  }
  const auto built = open_bytes(build_from_rows(schema, rows, {.vector_index = true}).value());
  ASSERT_NE(built, nullptr);
  storage::MemorySink sink;
  ASSERT_TRUE(merge(schema, std::vector<Source>{{built, DocSet(built->size())}}, sink,
                    {.vector_index = true}));
  const auto merged = open_bytes(sink.take());
  ASSERT_NE(merged, nullptr);
  for (const Segment* segment : {built.get(), merged.get()}) {
    const vector::Index* index = segment->vector_index(0);
    ASSERT_NE(index, nullptr);
    const auto& query = std::get<wire::DenseVector>(rows[77].fields[0].value).elements;
    const auto nearest = index->search(query, {.k = 1});
    ASSERT_EQ(nearest.size(), 1U);
    EXPECT_EQ(nearest[0].distance, 0);
  }
  rows.pop_back();
  EXPECT_EQ(build(schema, rows)->vector_index(0), nullptr);
}

TEST(Segment, ABuildCanBeCancelled) {
  Random random(3);
  const wire::Schema schema = every_type();
  const auto rows = random_rows(random, schema, IdType::kUint, 10);
  const auto bytes = build_from_rows(schema, rows, {.cancelled = [] { return true; }});
  EXPECT_EQ(bytes.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace layer::engine::segment
