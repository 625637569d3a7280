#include "features/functions/row_result.h"

#include <gtest/gtest.h>

namespace layer::features::functions {
namespace {

const FunctionSpec kSpec{.inputs = {"title", "size"}, .version = "v2"};

TEST(RowResult, a_basis_changes_with_version_and_inputs_and_nothing_else) {
  const Basis basis = basis_of(kSpec, R"({"title":"a","size":1,"_hevlayer_upserted_at":5})");
  EXPECT_EQ(basis.hash.size(), 16U);
  EXPECT_EQ(basis.stamp, 5);
  EXPECT_EQ(basis.version, "v2");
  EXPECT_EQ(basis_of(kSpec, R"({"size":1,"other":[1,{"x":2}],"title":"a"})").hash, basis.hash);
  EXPECT_NE(basis_of(kSpec, R"({"title":"a","size":2})").hash, basis.hash);
  EXPECT_NE(basis_of(kSpec, R"({"title":"a"})").hash, basis.hash);
  EXPECT_EQ(basis_of(kSpec, R"({"title":"a"})").hash,
            basis_of(kSpec, R"({"title":"a","size":null})").hash);
  FunctionSpec next = kSpec;
  next.version = "v3";
  EXPECT_NE(basis_of(next, R"({"title":"a","size":1})").hash, basis.hash);
  EXPECT_EQ(basis_of(kSpec, "{}").stamp, std::nullopt);
}

TEST(RowResult, a_basis_is_kept_as_a_note) {
  for (const Basis& basis : {Basis{.hash = "0123456789abcdef", .stamp = 17, .version = "v|1"},
                             Basis{.hash = "x", .version = ""}}) {
    EXPECT_EQ(parse_basis(print_basis(basis)), basis);
  }
  EXPECT_EQ(parse_basis(""), std::nullopt);
  EXPECT_EQ(parse_basis("a|b"), std::nullopt);
}

TEST(RowResult, markers_tell_what_is_computed_and_what_is_stale) {
  const Markers markers = markers_of("f");
  const Basis basis{.hash = "00", .version = "v2"};
  const std::string marked = R"({"_hevlayer_udf_f_v":"v2","_hevlayer_udf_f_h":"00"})";
  EXPECT_TRUE(is_computed(markers, basis, marked));
  EXPECT_FALSE(
      is_computed(markers, basis, R"({"_hevlayer_udf_f_v":"v1","_hevlayer_udf_f_h":"00"})"));
  EXPECT_FALSE(is_computed(markers, basis, "{}"));
  EXPECT_FALSE(is_stale(markers, marked));
  EXPECT_FALSE(is_stale(markers, R"({"_hevlayer_udf_f_stale_after":null})"));
  EXPECT_TRUE(is_stale(markers, R"({"_hevlayer_udf_f_stale_after":7})"));
}

TEST(RowResult, the_input_is_what_the_row_has_of_it_byte_by_byte) {
  EXPECT_EQ(input_of(kSpec, R"({"x":1,"size":1.50,"title":"\u00e4"})"),
            R"({"title":"\u00e4","size":1.50})");
  EXPECT_EQ(input_of(kSpec, R"({"size":null})"), "{}");
}

TEST(RowResult, inputs_and_reserved_names_cannot_be_written) {
  EXPECT_TRUE(check_attributes(kSpec, "items[0].attributes", ""));
  EXPECT_TRUE(check_attributes(kSpec, "items[0].attributes", R"({"summary":"x"})"));
  for (const char* attributes :
       {R"({"title":1})", R"({"id":1})", R"({"_hevlayer_shard":1})", "[]"}) {
    const auto refused = check_attributes(kSpec, "items[0].attributes", attributes);
    ASSERT_FALSE(refused) << attributes;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  }
}

TEST(RowResult, a_write_patches_only_rows_that_are_what_they_were) {
  const RowMarks marks{.markers = markers_of("f"),
                       .version = "v2",
                       .invalidated = {"_hevlayer_udf_g_stale_after"},
                       .now_ms = 9};
  const wire::Id one = std::uint64_t{1};
  const wire::Id two = std::string("b");
  const std::string body = print_write(
      marks, {{.id = &one, .attributes = R"({"s":"x"})", .basis = {.hash = "aa", .stamp = 5}}},
      {{.id = &two,
        .attributes = R"({"s":2})",
        .vectors = R"({"vector":[0.5]})",
        .row = R"({"id":"b","s":1,"keep":[1],"vector":[9],"_hevlayer_upserted_at":4})",
        .basis = {.hash = "bb"}}});
  EXPECT_EQ(
      body,
      R"({"patch_rows":[{"id":1,"s":"x","_hevlayer_udf_f_v":"v2","_hevlayer_udf_f_h":"aa",)"
      R"("_hevlayer_udf_f_at":5,"_hevlayer_udf_f_stale_after":null,)"
      R"("_hevlayer_udf_g_stale_after":9}],)"
      R"("patch_condition":["_hevlayer_upserted_at","Eq",{"$ref_new":"_hevlayer_udf_f_at"}],)"
      R"("upsert_rows":[{"id":"b","vector":[0.5],"s":2,"keep":[1],"_hevlayer_udf_f_v":"v2",)"
      R"("_hevlayer_udf_f_h":"bb","_hevlayer_udf_f_at":null,)"
      R"("_hevlayer_udf_f_stale_after":null,"_hevlayer_udf_g_stale_after":9}],)"
      R"("upsert_condition":["_hevlayer_upserted_at","Eq",{"$ref_new":"_hevlayer_udf_f_at"}],)"
      R"("schema":{"_hevlayer_udf_f_v":"string","_hevlayer_udf_f_h":"string",)"
      R"("_hevlayer_udf_f_at":"int","_hevlayer_udf_f_stale_after":"int",)"
      R"("_hevlayer_udf_g_stale_after":"int","_hevlayer_upserted_at":"int"},)"
      R"("return_affected_ids":true})");
}

}  // namespace
}  // namespace layer::features::functions
