// Which lists a text is looked for in.
#include "features/hybrid/leg_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/hybrid/echo.h"

namespace layer::features::hybrid {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HybridAsk ask_for(std::string text, HybridOptions options = {}) {
  return {
      .expression = {.field = "title", .input = std::move(text), .options = std::move(options)}};
}
LegPlan plan_of(const HybridAsk& ask) {
  auto plan = plan_legs(ask);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : LegPlan{};
}
std::vector<std::string> labels_of(const LegPlan& plan) {
  std::vector<std::string> labels;
  for (const legs::Leg& leg : plan.legs) {
    labels.push_back(leg.label);
  }
  return labels;
}
std::string numbered(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("word{} ", i);
  }
  return text;
}

TEST(LegPlan, LooksForTheTextAsItIsAndForEachWordWithItsMisspellings) {
  HybridAsk ask = ask_for("The \"red\" fox");
  ask.filters = R"(["lang","Eq","en"])";
  ask.include_attributes = R"(["title"])";
  ask.more = R"(,"a":1)";
  const LegPlan plan = plan_of(ask);
  ASSERT_THAT(labels_of(plan), ElementsAre("bm25", "fuzzy:red", "fuzzy:fox"));
  EXPECT_EQ(plan.mandatory, 1U);
  for (const legs::Leg& leg : plan.legs) {
    EXPECT_EQ(leg.rank_by, R"(["title","BM25","The \"red\" fox"])");
    EXPECT_EQ(leg.include_attributes, R"(["title"])");
    EXPECT_EQ(leg.more, R"(,"a":1)");
    EXPECT_EQ(leg.limit, plan.window);
  }
  EXPECT_EQ(plan.legs[0].filters, ask.filters);
  EXPECT_EQ(plan.legs[1].filters,
            R"(["And",[["lang","Eq","en"],["title","Fuzzy","red",{"max_edit_distance":[)"
            R"({"min_query_chars":3,"distance":0},{"min_query_chars":6,"distance":1},)"
            R"({"min_query_chars":9,"distance":2}],"case_sensitive":false}]]])");
}

TEST(LegPlan, MakesDistancesUpToTheFuzziness) {
  const auto filter = [](unsigned distance) {
    return plan_of(ask_for("fox", {.distance_max = distance})).legs.at(1).filters;
  };
  EXPECT_EQ(filter(0),
            R"(["title","Fuzzy","fox",{"max_edit_distance":[{"min_query_chars":3,"distance":0}],)"
            R"("case_sensitive":false}])");
  EXPECT_EQ(filter(1),
            R"(["title","Fuzzy","fox",{"max_edit_distance":[{"min_query_chars":3,"distance":0},)"
            R"({"min_query_chars":6,"distance":1}],"case_sensitive":false}])");
  EXPECT_EQ(filter(2), plan_of(ask_for("fox")).legs.at(1).filters);  // "auto"
}

TEST(LegPlan, ReadsAWindowOfFiveTimesThePage) {
  const auto window = [](std::size_t top_k) {
    HybridAsk ask = ask_for("fox");
    ask.top_k = top_k;
    return plan_of(ask).window;
  };
  EXPECT_EQ(window(1), 50U);
  EXPECT_EQ(window(10), 50U);
  EXPECT_EQ(window(20), 100U);
  EXPECT_EQ(window(1000), 200U);
  HybridAsk ask = ask_for("fox", {.per_leg_limit = 7});
  EXPECT_EQ(plan_of(ask).window, 7U);
  ask.window = 9;  // of the first page
  EXPECT_EQ(plan_of(ask).window, 9U);
}

TEST(LegPlan, HasAtMostSixteenLegs) {
  const LegPlan words = plan_of(ask_for(numbered(20)));
  EXPECT_EQ(words.legs.size(), 16U);
  EXPECT_EQ(words.fuzzy.size(), 15U);
  EXPECT_THAT(words.words.dropped, ElementsAre("word15", "word16", "word17", "word18", "word19"));

  HybridAsk ask = ask_for(numbered(16));
  ask.semantic = R"(["v","ANN",[1,2]])";
  const LegPlan both = plan_of(ask);
  ASSERT_EQ(both.legs.size(), legs::kLegsMax);
  EXPECT_EQ(both.mandatory, 2U);
  EXPECT_EQ(both.legs[0].label, "semantic");  // goes first
  EXPECT_EQ(both.legs[0].rank_by, R"(["v","ANN",[1,2]])");
  EXPECT_EQ(both.legs[1].label, "bm25");
  EXPECT_EQ(both.words.words.size(), 14U);
  EXPECT_THAT(both.words.dropped, ElementsAre("word14", "word15"));
}

TEST(LegPlan, KeepsShortWordsWithoutALegOfTheirOwn) {
  HybridAsk ask = ask_for("xy " + numbered(14));
  ask.semantic = R"(["v","ANN",[1]])";
  const LegPlan plan = plan_of(ask);
  EXPECT_EQ(plan.words.words.size(), 15U);
  EXPECT_EQ(plan.fuzzy.size(), 14U);
  EXPECT_THAT(plan.words.dropped, IsEmpty());
}

TEST(LegPlan, OfStopWordsAloneIsTheTextAsItIs) {
  const LegPlan plan = plan_of(ask_for("to be or not to be"));
  EXPECT_THAT(labels_of(plan), ElementsAre("bm25"));
  EXPECT_THAT(plan.words.stopwords, ElementsAre("to", "be", "or", "not"));
}

TEST(LegPlan, NeedsAWord) {
  for (const char* const text : {"", "a", " ?! "}) {
    const auto refused = plan_legs(ask_for(text));
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  }
}

TEST(LegPlan, LeavesOutWhatTheFieldHasNoIndexFor) {
  HybridAsk ask = ask_for("red fox");
  ask.fuzzy_supported = false;
  const LegPlan plan = plan_of(ask);
  EXPECT_THAT(labels_of(plan), ElementsAre("bm25"));
  EXPECT_THAT(plan.fuzzy, ElementsAre("red", "fox"));
}

TEST(SurfacingLeg, RanksTheClosestFirst) {
  HybridAsk ask = ask_for("foxes", {.distance_max = 1});
  ask.filters = R"(["a","Eq",1])";
  const std::string exact =
      R"(["title","Fuzzy","foxes",{"max_edit_distance":[{"min_query_chars":3,"distance":0}],)"
      R"("case_sensitive":false}])";
  const std::string near =
      R"(["title","Fuzzy","foxes",{"max_edit_distance":[{"min_query_chars":3,"distance":0},)"
      R"({"min_query_chars":6,"distance":1}],"case_sensitive":false}])";
  const legs::Leg ranked = surfacing_leg(ask, "foxes", 50, true);
  EXPECT_EQ(ranked.rank_by, R"(["Sum",[)" + exact + "," + near + "]]");
  EXPECT_EQ(ranked.filters, R"(["And",[["a","Eq",1],)" + near + "]]");
  EXPECT_EQ(ranked.limit, 50U);
  EXPECT_EQ(surfacing_leg(ask, "foxes", 50, false).rank_by, R"(["id","asc"])");
}

TEST(SurfacingLeg, ReadsTheFieldInAnyCase) {
  const auto shown = [](std::string include, std::string exclude = {}) {
    HybridAsk ask = ask_for("fox");
    ask.include_attributes = std::move(include);
    ask.exclude_attributes = std::move(exclude);
    const legs::Leg leg = surfacing_leg(ask, "fox", 1, true);
    return leg.include_attributes + " " + leg.exclude_attributes;
  };
  EXPECT_EQ(shown(""), R"(["title"] )");
  EXPECT_EQ(shown("false"), R"(["title"] )");
  EXPECT_EQ(shown("true"), "true ");
  EXPECT_EQ(shown("[]"), R"(["title"] )");
  EXPECT_EQ(shown(R"([ "year" ])"), R"(["year","title"] )");
  EXPECT_EQ(shown(R"(["title","year"])"), R"(["year","title"] )");
  EXPECT_EQ(shown("", R"(["year"])"), R"( ["year"])");
  EXPECT_EQ(shown("", R"(["title","year"])"), R"( ["year"])");
  EXPECT_EQ(shown("", R"(["title"])"), "true ");
}

TEST(Echo, SaysWhatWasLookedFor) {
  const LegPlan plan = plan_of(ask_for("the red fox"));
  EXPECT_EQ(print_echo({}, plan, {.legs = 3}),
            R"({"tokens":["red","fox"],"tokens_dropped":[],"stopwords":"en",)"
            R"("stopwords_dropped":["the"],"fuzziness":"auto","rank_constant":60.0,"legs":3,)"
            R"("per_leg_limit":50,"fusion":"gateway"})");
  const HybridOptions options{.distance_max = 1, .stopwords = std::vector<std::string>{}};
  const std::string echo = print_echo(options, plan,
                                      {.legs = 2,
                                       .threads = 4,
                                       .surfaced = Surfaced::kApproximate,
                                       .fuzzy_unsupported = true,
                                       .legs_failed = {"fuzzy:fox"}});
  EXPECT_THAT(echo, ::testing::HasSubstr(R"("stopwords":false)"));
  EXPECT_THAT(echo, ::testing::HasSubstr(R"("fuzziness":1)"));
  EXPECT_TRUE(echo.ends_with(R"("threads":4,"surfaced":"approximate","fuzzy":"unsupported",)"
                             R"("legs_failed":["fuzzy:fox"]})"))
      << echo;
}

}  // namespace
}  // namespace layer::features::hybrid
