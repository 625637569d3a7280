// Score expressions and BM25 against answers captured from the live service.
#include <gmock/gmock.h>

#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Ids = std::vector<std::uint64_t>;

// Four rows with a signed and an unsigned number, a time and a text, over two segments.
class Expressions : public testing::Test {
 protected:
  Expressions()
      : names_(R"({"u": "uint", "t": "datetime",
      "text": {"type": "string", "full_text_search": true}})") {
    names_.add(R"([{"id": 1, "n": 0, "u": 3, "t": "2026-01-01", "text": "fish"},
                   {"id": 4, "n": -3, "u": 1, "t": "2026-01-02", "text": "crab"}])");
    names_.add(R"([{"id": 2, "n": 4, "u": 0, "t": "2026-01-02T06:00:00Z", "text": "whale"},
                   {"id": 3, "n": 10, "u": 9, "t": "2026-01-05", "text": "fish fish"}])");
  }
  auto ranked(const std::string& rank_by) {
    return names_.scores_of(R"({"limit": 10, "rank_by": )" + rank_by + "}");
  }
  std::string refused(const std::string& rank_by) {
    return names_.refusal(R"({"limit": 10, "rank_by": )" + rank_by + "}");
  }
  TestNamespace names_;
};

TEST_F(Expressions, MaxWithZeroKeepsRowsOfScoreZeroInTheOrderOfTheirIds) {
  EXPECT_THAT(ranked(R"(["Max", [0, ["Attribute", "n"]]])"),
              ElementsAre(Pair(3, 10), Pair(2, 4), Pair(1, 0), Pair(4, 0)));
}

TEST_F(Expressions, NumberInMaxIsAFloorForMatchingRowsOnly) {
  EXPECT_THAT(ranked(R"(["Max", [2, ["text", "BM25", "fish"]]])"),
              ElementsAre(Pair(1, 2), Pair(3, 2)));
}

TEST_F(Expressions, SaturateCountsNegativeAsZero) {
  EXPECT_THAT(ranked(R"(["Saturate", ["Attribute", "n"], {"midpoint": 5}])"),
              ElementsAre(Pair(3, FloatNear(2.0F / 3, 1e-6F)), Pair(2, FloatNear(4.0F / 9, 1e-6F)),
                          Pair(1, 0), Pair(4, 0)));
}

TEST_F(Expressions, DistIsTheAbsoluteDifference) {
  EXPECT_THAT(ranked(R"(["Dist", ["Attribute", "n"], 5])"),
              ElementsAre(Pair(4, 8), Pair(1, 5), Pair(3, 5), Pair(2, 1)));
  EXPECT_THAT(ranked(R"(["Dist", ["Attribute", "u"], 3])"),
              ElementsAre(Pair(3, 6), Pair(2, 3), Pair(4, 2), Pair(1, 0)));
}

TEST_F(Expressions, ProductWeighsAnAttributeInEitherOrder) {
  const auto expected = ElementsAre(Pair(3, 18), Pair(1, 6), Pair(4, 2), Pair(2, 0));
  EXPECT_THAT(ranked(R"(["Product", 2, ["Attribute", "u"]])"), expected);
  EXPECT_THAT(ranked(R"(["Product", ["Attribute", "u"], 2])"), expected);
}

TEST_F(Expressions, DecayOverTimeTakesADuration) {
  EXPECT_THAT(
      ranked(
          R"(["Decay", ["Dist", ["Attribute", "t"], "2026-01-02T00:00:00Z"], {"midpoint": "12h"}])"),
      ElementsAre(Pair(4, 1), Pair(2, FloatNear(2.0F / 3, 1e-6F)),
                  Pair(1, FloatNear(1.0F / 3, 1e-6F)), Pair(3, FloatNear(1.0F / 7, 1e-6F))));
}

TEST_F(Expressions, SumWithAnAttributeReturnsEveryRow) {
  EXPECT_EQ(
      names_.ids_of(
          R"({"limit": 10, "rank_by": ["Sum", [["Attribute", "u"], ["text", "BM25", "fish"]]]})"),
      (Ids{3, 1, 4, 2}));
}

TEST_F(Expressions, RowsWithoutAValueAreLeftOutOfCurvesOverDist) {
  names_.add(R"([{"id": 9, "text": "no numbers here"}])");
  EXPECT_EQ(ranked(R"(["Decay", ["Dist", ["Attribute", "u"], 3], {"midpoint": 1}])").size(), 4U);
  EXPECT_EQ(ranked(R"(["Saturate", ["Attribute", "u"], {"midpoint": 1}])").size(), 5U);
}

TEST_F(Expressions, RefuseWhatCouldScoreBelowZero) {
  const std::string why = "must produce non-negative scores";
  EXPECT_THAT(refused(R"(["Attribute", "n"])"), HasSubstr(why));
  EXPECT_THAT(refused(R"(["Product", 2, ["Attribute", "n"]])"), HasSubstr(why));
  EXPECT_THAT(refused(R"(["Max", [["Attribute", "n"]]])"), HasSubstr(why));
  EXPECT_THAT(refused(R"(["Max", [["Attribute", "n"], -1]])"),
              HasSubstr("Scalar values in rank_by must be non-negative, got -1"));
}

TEST_F(Expressions, RefuseWhatDoesNotFit) {
  refused(R"(["Max", 0, ["Attribute", "n"]])");
  EXPECT_THAT(refused(R"(["Sum", [0.5, ["text", "BM25", "fish"]]])"),
              HasSubstr("Sum aggregations can only contain other text queries"));
  refused(R"(["Dist", ["Attribute", "n"], 5.5])");
  refused(R"(["Decay", ["Dist", ["Attribute", "u"], 3], {"midpoint": "2s"}])");
  refused(R"(["Attribute", "text"])");
  refused(R"(["Attribute", "absent"])");
}

TEST(Bm25, ScoresAsTheLiveServiceBitForBit) {
  TestNamespace fish(R"({"text": {"type": "string", "full_text_search": true}})");
  fish.add(R"([{"id": 1, "text": "fish fish swim"}, {"id": 3, "text": "swim swim fish"}])");
  fish.add(R"([{"id": 2, "text": "fish tank water deep blue"}])");
  const auto ask = [&](const std::string& query) {
    return fish.scores_of(R"({"limit": 10, "rank_by": ["text", "BM25", ")" + query + R"("]})");
  };
  EXPECT_THAT(ask("fish"),
              ElementsAre(Pair(1, 0.19350067F), Pair(3, 0.14426166F), Pair(2, 0.11623961F)));
  EXPECT_THAT(ask("fish fish"),
              ElementsAre(Pair(1, 0.34830117F), Pair(3, 0.25967097F), Pair(2, 0.20923129F)));
  EXPECT_THAT(ask("fish fish swim"),
              ElementsAre(Pair(3, 0.9407541F), Pair(1, 0.85607296F), Pair(2, 0.20923129F)));
  EXPECT_THAT(ask("nothing"), IsEmpty());
}

TEST(Bm25, DeletedRowsLeaveNoTraceInTheStatistics) {
  TestNamespace fish(R"({"text": {"type": "string", "full_text_search": true}})");
  fish.add(R"([{"id": 1, "text": "fish fish swim"}, {"id": 3, "text": "swim swim fish"},
               {"id": 7, "text": "fish fish fish fish fish fish swim"}, {"id": 8, "n": 1}])");
  fish.add(R"([{"id": 2, "text": "fish tank water deep blue"}, {"id": 9, "text": "whale swim"}])");
  for (const std::uint64_t id : {7U, 8U, 9U}) {
    fish.remove(id);
  }
  EXPECT_THAT(fish.scores_of(R"({"limit": 10, "rank_by": ["text", "BM25", "fish fish swim"]})"),
              ElementsAre(Pair(3, 0.9407541F), Pair(1, 0.85607296F), Pair(2, 0.20923129F)));
}

TEST(Bm25, PrefixGivesOneToEachRowThatHasIt) {
  TestNamespace fish(R"({"text": {"type": "string", "full_text_search": true}})");
  fish.add(R"([{"id": 1, "text": "fish fishing"}, {"id": 2, "text": "fishes"},
               {"id": 3, "text": "whale"}])");
  EXPECT_THAT(
      fish.scores_of(
          R"({"limit": 10, "rank_by": ["text", "BM25", "fish", {"last_as_prefix": true}]})"),
      ElementsAre(Pair(1, 1), Pair(2, 1)));
  const auto scores = fish.scores_of(
      R"({"limit": 10, "rank_by": ["text", "BM25", "whale fish", {"last_as_prefix": true}]})");
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_EQ(scores[0].first, 3U);
  EXPECT_THAT(scores[1], Pair(1, 1));
  EXPECT_THAT(scores[2], Pair(2, 1));
}

TEST(FiltersAsScores, CountOneForEachMatch) {
  TestNamespace names(R"({"g": {"type": "string", "glob": true, "regex": true, "fuzzy": true},
                          "t": {"type": "string", "full_text_search": true}})");
  names.add(R"([{"id": 1, "g": "turbopuffer", "t": "quick fox"},
                {"id": 2, "g": "the turbopufer", "t": "slow fox"}, {"id": 3, "g": "whale"}])");
  const auto ask = [&](const std::string& rank_by) {
    return names.scores_of(R"({"limit": 10, "rank_by": )" + rank_by + "}");
  };
  EXPECT_THAT(ask(R"(["g", "Glob", "*turbopufer*"])"), ElementsAre(Pair(2, 1)));
  EXPECT_THAT(ask(R"(["Sum", [["g", "Glob", "*turbopufer*"],
      ["g", "Fuzzy", "turbopufer", {"max_edit_distance": [{"min_query_chars": 6, "distance": 1}]}]]])"),
              ElementsAre(Pair(2, 2), Pair(1, 1)));
  EXPECT_THAT(ask(R"(["t", "ContainsAllTokens", "quick"])"), ElementsAre(Pair(1, 1)));
  EXPECT_THAT(ask(R"(["g", "Regex", "turbo.*"])"), ElementsAre(Pair(1, 1), Pair(2, 1)));
}

}  // namespace
}  // namespace layer::engine::query
