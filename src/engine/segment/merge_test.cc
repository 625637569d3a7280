#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/segment/builder.h"
#include "engine/segment/expect_rows.h"
#include "engine/segment/random_rows.h"

namespace layer::engine::segment {
namespace {

using wire::IdType;

Result<std::vector<std::byte>> merge_to_bytes(const wire::Schema& schema,
                                              const std::vector<Source>& sources,
                                              const BuildOptions& options = {}) {
  storage::MemorySink sink;
  LAYER_TRY(merge(schema, sources, sink, options));
  return sink.take();
}

// Spreads rows over segments; deleted rows are other versions of live ones, or gone for good.
struct Spread {
  std::vector<Source> sources;
  std::vector<Row> live;
};

Spread spread(Random& random, const wire::Schema& schema, IdType type, std::uint32_t count,
              std::uint32_t segments) {
  std::map<wire::Id, Row> live;
  Spread result;
  for (std::uint32_t i = 0; i < segments; ++i) {
    const auto rows = random_rows(random, schema, type, below(random, count));
    std::vector<DocId> deleted;
    for (DocId doc = 0; doc < rows.size(); ++doc) {
      if (live.contains(rows[doc].id) || below(random, 3) == 0) {
        deleted.push_back(doc);
      } else {
        live[rows[doc].id] = rows[doc];
      }
    }
    auto segment = open_bytes(build_from_rows(schema, rows, {}).value());
    const DocId size = segment->size();
    result.sources.push_back(
        {.segment = std::move(segment), .deleted = DocSet::of(size, std::move(deleted))});
  }
  for (auto& [id, row] : live) {
    result.live.push_back(std::move(row));
  }
  return result;
}

TEST(Merge, EqualsABuildOfTheLiveRows) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    for (const IdType type : {IdType::kUint, IdType::kUuid, IdType::kString}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", ids " << wire::name(type));
      Random random(seed);
      const wire::Schema schema = every_type();
      const Spread rows = spread(random, schema, type, 150, 1 + below(random, 5));
      const auto merged = merge_to_bytes(schema, rows.sources);
      ASSERT_TRUE(merged.has_value()) << merged.error().message;
      const auto segment = open_bytes(*merged);
      ASSERT_NE(segment, nullptr);
      expect_rows(*segment, schema, rows.live);
    }
  }
}

TEST(Merge, OfNothingIsAnEmptySegment) {
  const wire::Schema schema = every_type();
  const auto segment = open_bytes(merge_to_bytes(schema, {}).value());
  ASSERT_NE(segment, nullptr);
  expect_rows(*segment, schema, {});
}

// Indexes that were switched on since are built from row data; those switched off disappear.
TEST(Merge, BuildsWhatTheNewSchemaAsksFor) {
  Random random(9);
  const wire::Schema old_schema = every_type();
  const Spread rows = spread(random, old_schema, IdType::kUint, 200, 3);
  wire::Schema schema = old_schema;
  schema.add(attribute_of("new", "int"));
  for (AttrId attr = 0; attr < schema.attributes().size(); ++attr) {
    wire::Attribute& attribute = schema.at(attr);
    if (attribute.name == "unindexed" || attribute.name == "texts") {
      attribute.filterable = true;
    } else if (attribute.name == "a string") {
      attribute.filterable = false;
      attribute.full_text = wire::FullTextConfig{.language = wire::Language::kFrench};
    } else if (attribute.name == "text") {
      attribute.full_text->stemming = true;
    } else if (attribute.name == "sparse without index") {
      attribute.sparse_knn = true;
    } else if (attribute.name == "sparse" || attribute.name == "a []int") {
      attribute.sparse_knn = false;
      attribute.filterable = false;
    }
  }
  const auto segment = open_bytes(merge_to_bytes(schema, rows.sources).value());
  ASSERT_NE(segment, nullptr);
  expect_rows(*segment, schema, rows.live);
}

TEST(Merge, GivesEmptyArraysTheTypeTheyGotLater) {
  wire::Schema old_schema;
  old_schema.add(attribute_of("tags", "[]unknown"));
  const std::vector<Row> old_rows{{.id = std::uint64_t{1}, .fields = {{0, wire::EmptyArray{}}}},
                                  {.id = std::uint64_t{3}, .fields = {}}};
  wire::Schema schema;
  schema.add(attribute_of("tags", "[]string"));
  const std::vector<Row> rows{
      {.id = std::uint64_t{2}, .fields = {{0, std::vector<std::string>{"b", "a"}}}}};
  std::vector<Source> sources;
  sources.push_back({open_bytes(build_from_rows(old_schema, old_rows, {}).value()), DocSet(2)});
  sources.push_back({open_bytes(build_from_rows(schema, rows, {}).value()), DocSet(1)});
  EXPECT_EQ(sources[0].segment->column(0)->present().to_vector(), std::vector<DocId>{0});
  EXPECT_EQ(sources[0].segment->column(0)->lower_bound(std::string("a")), 0U);
  const auto segment = open_bytes(merge_to_bytes(schema, sources).value());
  ASSERT_NE(segment, nullptr);
  expect_rows(*segment, schema, {old_rows[0], rows[0], old_rows[1]});
}

TEST(Merge, RefusesAnIdThatIsLiveTwice) {
  const wire::Schema schema;
  const std::vector<Row> rows{{.id = std::uint64_t{5}, .fields = {}}};
  const auto segment = open_bytes(build_from_rows(schema, rows, {}).value());
  const auto merged = merge_to_bytes(schema, {{segment, DocSet(1)}, {segment, DocSet(1)}});
  EXPECT_EQ(merged.error().code, ErrorCode::kInternal);
  EXPECT_TRUE(merge_to_bytes(schema, {{segment, DocSet(1)}, {segment, DocSet::all(1)}}));
}

TEST(Merge, CanBeCancelled) {
  Random random(11);
  const wire::Schema schema = every_type();
  const Spread rows = spread(random, schema, IdType::kUint, 50, 2);
  const auto merged = merge_to_bytes(schema, rows.sources, {.cancelled = [] { return true; }});
  EXPECT_EQ(merged.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace layer::engine::segment
