#include "features/reserved/query_shape.h"

#include <gtest/gtest.h>

#include <string>

namespace layer::features::reserved {
namespace {

TEST(QueryShape, OfAPlainQuery) {
  const QueryShape shape =
      scan_query(R"({"rank_by":["vector","ANN",[0.1,0.2]],"top_k":3,"filters":["a","Eq",1],)"
                 R"("consistency":{"level":"eventual"},"include_attributes":["a"]})");
  EXPECT_TRUE(shape.understood);
  EXPECT_FALSE(shape.triggers.any());
  EXPECT_TRUE(shape.has_filters && shape.has_rank_by);
  EXPECT_FALSE(shape.has_queries || shape.projects);
  EXPECT_EQ(shape.level, Level::kEventual);
}

TEST(QueryShape, KnowsEveryTrigger) {
  const std::pair<const char*, Trigger> cases[] = {
      {R"({"vector":[1,2]})", Trigger::kVector},
      {R"({"vector":"AAAA"})", Trigger::kVector},
      {R"({"nearest_to_id":[1]})", Trigger::kNearestToId},
      {R"({"as_of":1})", Trigger::kAsOf},
      {R"({"written_before":"2024-01-01T00:00:00Z"})", Trigger::kWrittenBefore},
      {R"({"between":[1,2]})", Trigger::kBetween},
      {R"({"cursor":""})", Trigger::kCursor},
      {R"({"cursor":null})", Trigger::kCursor},
      {R"({"c\u0075rsor":null})", Trigger::kCursor},
      {R"({"page_window":100})", Trigger::kPageWindow},
      {R"({"include_leg_breakdown":true})", Trigger::kIncludeLegBreakdown},
      {R"({"rank_by":["text","HybridText","a b"]})", Trigger::kHybridText},
      {R"({"rank_by":["text","Auto","a b",{"vector":[1]}]})", Trigger::kAuto},
      {R"({"consistency":{"level":"stable"}})", Trigger::kStable},
      {R"({"rank_by":["v","ANN",["Embed","text"]]})", Trigger::kEmbed},
      {R"({"rank_by":["Sum",[["a","BM25","x"],["v","ANN",[["Embed","y"]]]]]})", Trigger::kEmbed}};
  for (const auto& [body, trigger] : cases) {
    const QueryShape alone = scan_query(body);
    EXPECT_TRUE(alone.understood) << body;
    Triggers only;
    only.add(trigger);
    EXPECT_EQ(alone.triggers, only) << body;
    const QueryShape leg =
        scan_query(R"({"queries":[{"top_k":1},)" + std::string(body) + R"(],"limit":1})");
    EXPECT_TRUE(leg.has_queries);
    EXPECT_EQ(leg.triggers, only) << body;
  }
}

TEST(QueryShape, IsPlainWhenTheWordsStandElsewhere) {
  for (const char* body :
       {R"({"filters":{"vector":[1]}})", R"({"as_of":null,"vector":null})",
        R"({"rank_by":["HybridText","asc"]})", R"({"rank_by":[["text","Auto"]]})",
        R"({"rank_by":["Embed","asc"]})", R"({"rank_by":["a","BM25","Auto"]})",
        R"({"consistency":"stable"})", R"({"rank_by":["v","ANN",[1,"Auto"]]})",
        R"({"queries":[{"queries":[{"vector":[1]}]}]})", R"({"rank_by":null})"}) {
    const QueryShape shape = scan_query(body);
    EXPECT_TRUE(shape.understood) << body;
    EXPECT_FALSE(shape.triggers.any()) << body;
  }
}

TEST(QueryShape, SeesWhetherAttributesAreProjected) {
  EXPECT_TRUE(scan_query(R"({"include_attributes":true})").projects);
  EXPECT_TRUE(scan_query(R"({"queries":[{"exclude_attributes":["a"]}]})").projects);
  EXPECT_FALSE(scan_query(R"({"include_attributes":["a"]})").projects);
  EXPECT_FALSE(scan_query(R"({"include_attributes":false})").projects);
}

TEST(QueryShape, SaysNothingOfWhatIsNoObject) {
  for (const char* body : {"", "[]", "1", R"({"vector":[1])", R"({"vector":[1]}})",
                           R"({"vector":[1,]})", R"({"rank_by":["text","Auto",01]})"}) {
    EXPECT_EQ(scan_query(body), QueryShape{}) << body;
  }
}

}  // namespace
}  // namespace layer::features::reserved
