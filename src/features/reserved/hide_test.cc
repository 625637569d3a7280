#include "features/reserved/hide.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace layer::features::reserved {
namespace {

const std::vector<std::string> kNames = {"_hevlayer_upserted_at", "_hevlayer_shard"};

std::optional<std::string> hide(std::string_view body) {
  return hide_in_query(body, kNames);
}

TEST(HideInQuery, TurnsAllIntoAllBut) {
  EXPECT_EQ(hide(R"({"rank_by":["id","asc"], "include_attributes" : true ,"top_k":3})"),
            R"({"rank_by":["id","asc"], "exclude_attributes" : )"
            R"(["_hevlayer_upserted_at","_hevlayer_shard"] ,"top_k":3})");
  EXPECT_EQ(hide(R"({"include\u005fattributes":true})"),
            R"({"exclude_attributes":["_hevlayer_upserted_at","_hevlayer_shard"]})");
}

TEST(HideInQuery, AddsToTheCallersExclusions) {
  EXPECT_EQ(hide(R"({"exclude_attributes":["a" ]})"),
            R"({"exclude_attributes":["a" ,"_hevlayer_upserted_at","_hevlayer_shard"]})");
  EXPECT_EQ(hide(R"({"exclude_attributes":[]})"),
            R"({"exclude_attributes":["_hevlayer_upserted_at","_hevlayer_shard"]})");
  EXPECT_EQ(hide(R"({"exclude_attributes":["_hevlayer_shard"]})"),
            R"({"exclude_attributes":["_hevlayer_shard","_hevlayer_upserted_at"]})");
}

TEST(HideInQuery, LooksIntoTheQueriesOfAMultiQuery) {
  EXPECT_EQ(hide_in_query(R"({"queries":[{"include_attributes":true},{"top_k":1},)"
                          R"({"exclude_attributes":["x"]}],"limit":3})",
                          std::vector<std::string>{"_hevlayer_a"}),
            R"({"queries":[{"exclude_attributes":["_hevlayer_a"]},{"top_k":1},)"
            R"({"exclude_attributes":["x","_hevlayer_a"]}],"limit":3})");
}

TEST(HideInQuery, LeavesEverythingElseAlone) {
  for (const char* body :
       {"", "[]", "{}", "{\"include_attributes\":true", R"({"include_attributes":true}])",
        R"({"include_attributes":false})", R"({"include_attributes":["_hevlayer_shard"]})",
        R"({"include_attributes":"true"})", R"({"exclude_attributes":true})",
        R"({"include_attributes":true,"exclude_attributes":["a"]})",
        R"({"filters":{"include_attributes":true}})", R"({"queries":{"include_attributes":true}})",
        R"({"queries":[{"queries":[{"include_attributes":true}]}]})"}) {
    EXPECT_EQ(hide(body), std::nullopt) << body;
  }
  EXPECT_EQ(hide_in_query(R"({"include_attributes":true})", {}), std::nullopt);
}

TEST(HideInAnswers, CutsReservedAttributesFromSchemas) {
  EXPECT_EQ(hide_in_schema(R"({"id":{"type":"uint"},"_hevlayer_upserted_at":{"type":"int"}})"),
            R"({"id":{"type":"uint"}})");
  EXPECT_EQ(hide_in_schema(R"({"id":{"type":"uint"}})"), std::nullopt);
  EXPECT_EQ(hide_in_metadata(R"({"schema":{"_hevlayer_upserted_at":{"type":"int"},)"
                             R"("id":{"type":"uint"}},"approx_row_count":18446744073709551615})"),
            R"({"schema":{"id":{"type":"uint"}},"approx_row_count":18446744073709551615})");
}

}  // namespace
}  // namespace layer::features::reserved
