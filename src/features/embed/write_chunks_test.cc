#include "features/embed/write_chunks.h"

#include <gtest/gtest.h>

namespace layer::features::embed {
namespace {

using chunking::ChunkRule;
using chunking::SectionRule;
using chunking::SplitRule;
using chunking::Strategy;

std::size_t one(std::string_view) {
  return 1;
}

Profile profile_of(ChunkRule rule) {
  return {.attribute = "t", .model = "p/m", .dims = 2, .target = "v", .chunk = std::move(rule)};
}

const Profile kPairs = profile_of({.split = SplitRule{.strategy = Strategy::kFixed, .size = 2}});

std::string expanded(std::string_view body, const Profile& profile = kPairs, bool had = false) {
  const auto made = expand_chunks(body, profile, one, had);
  return !made ? "error: " + made.error().message : made->value_or("as it is");
}

TEST(WriteChunks, ChunksRepeatTheAttributesButNotTheVectorOfTheDocument) {
  EXPECT_EQ(expanded(R"({"upsert_rows":[{"n":[1],"t":"abc","v":[1,2],"id":"a"},{"id":"b"}]})"),
            R"({"upsert_rows":[{"n":[1],"t":"abc","v":[1,2],"id":"a"},)"
            R"({"id":"a#0","n":[1],"t":"ab","_hevlayer_parent_id":"a","_hevlayer_chunk_index":0},)"
            R"({"id":"a#1","n":[1],"t":"c","_hevlayer_parent_id":"a","_hevlayer_chunk_index":1},)"
            R"({"id":"b"}]})");
}

TEST(WriteChunks, OldChunksGoWithTheCallersOwnFilter) {
  EXPECT_EQ(expanded(R"({"delete_by_filter":["n","Eq",1],"deletes":["x"]})", kPairs, true),
            R"({"delete_by_filter":["Or",[["n","Eq",1],["_hevlayer_parent_id","In",["x"]]]],)"
            R"("deletes":["x"]})");
  EXPECT_EQ(expanded(R"({"deletes":["x"]})"), "as it is");
  EXPECT_EQ(expanded(R"({"deletes":[1,2]})", kPairs, true), "as it is");
}

TEST(WriteChunks, SectionsAreMembersOfTheTextOrAttributes) {
  const Profile members = profile_of({.section = SectionRule{.json_fields = {"title", "tags"}}});
  EXPECT_EQ(
      expanded(R"({"upsert_rows":[{"id":"a","t":"{\"tags\":[1, 2],\"title\":\"Hi\",\"x\":1}"}]})",
               members),
      R"({"upsert_rows":[{"id":"a","t":"{\"tags\":[1, 2],\"title\":\"Hi\",\"x\":1}"},)"
      R"({"id":"a#title#0","section":"title","t":"Hi","_hevlayer_parent_id":"a",)"
      R"("_hevlayer_chunk_index":0},)"
      R"({"id":"a#tags#0","section":"tags","t":"[1,2]","_hevlayer_parent_id":"a",)"
      R"("_hevlayer_chunk_index":0}]})");
  const Profile attributes = profile_of(
      {.section = SectionRule{.fields = {"head", "none"},
                              .attribute = "part",
                              .split = SplitRule{.strategy = Strategy::kFixed, .size = 2}}});
  EXPECT_EQ(expanded(R"({"upsert_rows":[{"id":"a","t":"","head":"xyz"}]})", attributes),
            R"({"upsert_rows":[{"id":"a","t":"","head":"xyz"},)"
            R"({"id":"a#head#0","head":"xyz","part":"head","t":"xy","_hevlayer_parent_id":"a",)"
            R"("_hevlayer_chunk_index":0},)"
            R"({"id":"a#head#1","head":"xyz","part":"head","t":"z","_hevlayer_parent_id":"a",)"
            R"("_hevlayer_chunk_index":1}]})");
  EXPECT_EQ(expanded(R"({"upsert_rows":[{"id":"a","t":"no JSON"}]})", members),
            "error: upsert_rows[0].t: must be the text of a JSON object, for its jsonFields are "
            "its sections");
}

TEST(WriteChunks, SaysWhatCannotBeChunked) {
  EXPECT_TRUE(expanded(R"({"upsert_rows":[{"id":1,"t":"x"}]})").contains("upsert_rows[0].id"));
  EXPECT_TRUE(expanded(R"({"upsert_rows":[{"id":"a","t":1}]})").contains("upsert_rows[0].t"));
  EXPECT_TRUE(expanded(R"({"upsert_columns":{"id":["a"]}})").contains("upsert_columns"));
  EXPECT_TRUE(expanded(R"({"upsert_condition":["n","Eq",1],"upsert_rows":[{"id":"a","t":"x"}]})")
                  .contains("upsert_condition"));
  const std::string longest(core::limits::id_bytes_max - 2, 'i');
  EXPECT_FALSE(
      expanded(R"({"upsert_rows":[{"id":")" + longest + R"(","t":"x"}]})").starts_with("error"));
  EXPECT_TRUE(expanded(R"({"upsert_rows":[{"id":"i)" + longest + R"(","t":"x"}]})")
                  .contains("is too long"));
}

TEST(WriteChunks, HasALimitOfDocuments) {
  const auto deletes = [](std::size_t count) {
    std::string body = R"({"deletes":["a")";
    for (std::size_t i = 1; i < count; ++i) {
      body += R"(,"b")";
    }
    return body + "]}";
  };
  EXPECT_FALSE(expanded(deletes(kParentsMax), kPairs, true).starts_with("error"));
  EXPECT_TRUE(expanded(deletes(kParentsMax + 1), kPairs, true).starts_with("error: deletes"));
}

TEST(WriteChunks, LeavesOtherShapesToTheStore) {
  for (const char* const body :
       {"", "[]", "{", R"({"upsert_rows":7})", R"({"upsert_rows":[7]})",
        R"({"upsert_rows":[{"t":"x"}]})", R"({"upsert_rows":[{"id":"a","t":"abc"})",
        R"({"patch_rows":[{"id":"a","n":1}]})"}) {
    EXPECT_EQ(expanded(body), "as it is") << body;
  }
}

}  // namespace
}  // namespace layer::features::embed
