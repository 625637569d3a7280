#include "features/namespaces/store_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layer::features::namespaces {
namespace {

constexpr std::string_view kBody = R"({"schema":{
  "id":{"type":"uuid"},
  "title":{"type":"string","full_text_search":{"k1":1.2},"filterable":false},
  "code":{"type":"string","regex":true,"filterable":false},
  "tags":{"type":"[]string","filterable":true},
  "image":{"type":"[512]f16","ann":{"distance_metric":"cosine_distance"},"filterable":false},
  "vector":{"type":"[384]f32","ann":{"distance_metric":"cosine_distance"}},
  "weights":{"type":"{}f16"},
  "tokens":{"type":"[][96]f32"},
  "_hevlayer_upserted_at":{"type":"int","filterable":true}},
  "approx_logical_bytes":18446744073709551615,"approx_row_count":7,
  "created_at":"2026-01-01T00:00:00.000000000Z","updated_at":"2026-01-03T00:00:00.000000000Z",
  "last_write_at":"2026-01-02T00:00:00.250000000Z",
  "index":{ "status" : "updating", "unindexed_bytes":1.0e3 }})";

const Column& column(const StoreMetadata& metadata, std::string_view name) {
  return *std::ranges::find(metadata.columns, name, &Column::name);
}

TEST(ParseMetadata, ReadsCountsAndTimes) {
  const auto metadata = parse_metadata(kBody);
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->row_count, 7U);
  EXPECT_EQ(metadata->logical_bytes, UINT64_MAX);
  EXPECT_EQ(metadata->last_write_ms, 1767312000250);
  EXPECT_EQ(metadata->id_type, wire::IdType::kUuid);
}

TEST(ParseMetadata, KeepsTheBytesOfTheIndex) {
  EXPECT_EQ(parse_metadata(kBody)->index_json,
            R"({ "status" : "updating", "unindexed_bytes":1.0e3 })");
}

TEST(ParseMetadata, TellsColumnsApartAndLeavesOutReservedOnes) {
  const auto metadata = parse_metadata(kBody);
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->columns.size(), 8U);
  EXPECT_EQ(metadata->vector_dim(), 384U);
  EXPECT_EQ(column(*metadata, "image").kind, ColumnKind::kDenseVector);
  EXPECT_EQ(column(*metadata, "weights").kind, ColumnKind::kSparseVector);
  EXPECT_EQ(column(*metadata, "tokens").kind, ColumnKind::kMultiVector);
  EXPECT_EQ(column(*metadata, "tokens").dims, 96U);
  EXPECT_EQ(column(*metadata, "tags").kind, ColumnKind::kArray);
  EXPECT_TRUE(column(*metadata, "title").full_text_search);
  EXPECT_FALSE(column(*metadata, "title").filterable);
  EXPECT_TRUE(column(*metadata, "code").regex);
  EXPECT_FALSE(column(*metadata, "code").full_text_search);
}

TEST(ParseMetadata, NamesTheFirstDenseColumnsDimsWhenNoneIsCalledVector) {
  const auto metadata =
      parse_metadata(R"({"schema":{"e":{"type":"[8]i8"},"f":{"type":"[9]f32"}}})");
  EXPECT_EQ(metadata->vector_dim(), 8U);
}

TEST(ParseMetadata, GuessesNothing) {
  const auto metadata = parse_metadata(R"({"updated_at":"2026-01-02T00:00:00Z"})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->row_count, std::nullopt);
  EXPECT_EQ(metadata->logical_bytes, std::nullopt);
  EXPECT_EQ(metadata->vector_dim(), std::nullopt);
  EXPECT_EQ(metadata->id_type, std::nullopt);
  EXPECT_EQ(metadata->index_json, "");
  EXPECT_EQ(metadata->last_write_ms, 1767312000000);
}

TEST(ParseMetadata, RefusesWhatIsNoObject) {
  EXPECT_EQ(parse_metadata("[]").error().code, ErrorCode::kUpstream);
  EXPECT_EQ(parse_metadata("nope").error().code, ErrorCode::kUpstream);
}

}  // namespace
}  // namespace layer::features::namespaces
