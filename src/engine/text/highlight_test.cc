#include "engine/text/highlight.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace layer::engine::text {
namespace {

using wire::Highlight;
using FragmentBy = Highlight::FragmentBy;
using Offsets = Highlight::Offsets;
using Op = wire::ScoreExpr::Op;
using Range = std::pair<std::uint64_t, std::uint64_t>;
using Ranges = std::vector<Range>;

// The rows of the store's highlighting example.
const std::string kFirst =
    "turbopuffer is a search engine built on object storage. Writes land in a write-ahead log for "
    "durability.\n\nWarm queries are served from an NVMe cache. Highlighting returns the most "
    "relevant fragments of an attribute.\nA fragment can be a word, a sentence, a paragraph, or "
    "the "
    "whole attribute. Pufferfish café 🐡 naïve storage.";
const std::string kSecond = "Nothing relevant here. Just cache.";
const std::string kThird = "unrelated words only";
const std::string kQuery = "object storage cache";

wire::ScoreExpr bm25(std::string attribute, std::string query, bool last_as_prefix = false) {
  return {.op = Op::kBm25,
          .attribute = std::move(attribute),
          .operand = {.value = std::move(query)},
          .last_as_prefix = last_as_prefix};
}

wire::HighlightResult highlight(const wire::Value& value, const wire::ScoreExpr& score,
                                FragmentBy by = FragmentBy::kSentence,
                                std::optional<Offsets> offsets = Offsets::kUtf8,
                                std::int64_t limit = 3) {
  const auto compiled = Highlighter::compile(
      {},
      {.attribute = "text", .fragment_by = by, .fragment_limit = limit, .include_offsets = offsets},
      score);
  EXPECT_TRUE(compiled.has_value());
  return compiled->run(value);
}

std::vector<std::string> texts(const wire::HighlightResult& result) {
  std::vector<std::string> all;
  for (const auto& fragment : result) {
    all.push_back(fragment.text);
  }
  return all;
}

Ranges fragment_ranges(const wire::HighlightResult& result) {
  Ranges all;
  for (const auto& fragment : result) {
    all.push_back(fragment.fragment_range.value());
  }
  return all;
}

std::vector<Ranges> match_ranges(const wire::HighlightResult& result) {
  std::vector<Ranges> all;
  for (const auto& fragment : result) {
    all.push_back(fragment.match_ranges);
  }
  return all;
}

TEST(Highlight, SentencesByDefaultAndWithoutOffsets) {
  const auto first = highlight(kFirst, bm25("text", kQuery), FragmentBy::kSentence, std::nullopt);
  EXPECT_THAT(texts(first),
              testing::ElementsAre("turbopuffer is a search engine built on object storage.",
                                   "Warm queries are served from an NVMe cache.",
                                   "Pufferfish café 🐡 naïve storage."));
  EXPECT_FALSE(first[0].fragment_range.has_value());
  EXPECT_TRUE(first[0].match_ranges.empty());
  const auto second = highlight(kSecond, bm25("text", kQuery), FragmentBy::kSentence, std::nullopt);
  EXPECT_THAT(texts(second), testing::ElementsAre("Just cache."));
}

TEST(Highlight, SentencesWithOffsets) {
  const auto first = highlight(kFirst, bm25("text", kQuery));
  EXPECT_EQ(fragment_ranges(first), (Ranges{{0, 55}, {106, 149}, {291, 328}}));
  EXPECT_EQ(match_ranges(first),
            (std::vector<Ranges>{{{40, 46}, {47, 54}}, {{143, 148}}, {{320, 327}}}));
  const auto second = highlight(kSecond, bm25("text", kQuery));
  EXPECT_EQ(fragment_ranges(second), (Ranges{{23, 34}}));
  EXPECT_EQ(match_ranges(second), (std::vector<Ranges>{{{28, 33}}}));
  EXPECT_FALSE(second[0].array_index.has_value());
}

TEST(Highlight, RarerWordsComeFirst) {
  const auto first = highlight(kFirst, bm25("text", kQuery), FragmentBy::kWord);
  EXPECT_THAT(texts(first), testing::ElementsAre("object", "cache", "storage"));
  EXPECT_EQ(fragment_ranges(first), (Ranges{{40, 46}, {143, 148}, {47, 54}}));
  EXPECT_EQ(fragment_ranges(highlight(kSecond, bm25("text", kQuery), FragmentBy::kWord)),
            (Ranges{{28, 33}}));
}

TEST(Highlight, ParagraphsAndWholeValues) {
  EXPECT_EQ(fragment_ranges(highlight(kFirst, bm25("text", kQuery), FragmentBy::kParagraph)),
            (Ranges{{0, 104}, {106, 215}, {216, 328}}));
  EXPECT_EQ(fragment_ranges(highlight(kSecond, bm25("text", kQuery), FragmentBy::kParagraph)),
            (Ranges{{0, 34}}));
  const auto whole = highlight(kFirst, bm25("text", kQuery), FragmentBy::kNone);
  EXPECT_EQ(fragment_ranges(whole), (Ranges{{0, 328}}));
  EXPECT_EQ(match_ranges(whole),
            (std::vector<Ranges>{{{40, 46}, {47, 54}, {143, 148}, {320, 327}}}));
}

TEST(Highlight, TheLimitKeepsTheBest) {
  const auto one =
      highlight(kFirst, bm25("text", kQuery), FragmentBy::kSentence, Offsets::kUtf8, 1);
  EXPECT_EQ(fragment_ranges(one), (Ranges{{0, 55}}));
}

TEST(Highlight, OffsetsCountInTheChosenUnit) {
  const auto score = bm25("text", "naïve storage");
  const auto in = [&](Offsets unit) {
    const auto result = highlight(kFirst, score, FragmentBy::kNone, unit);
    return std::pair(fragment_ranges(result), match_ranges(result));
  };
  EXPECT_EQ(in(Offsets::kUtf8),
            std::pair(Ranges{{0, 328}}, std::vector<Ranges>{{{47, 54}, {313, 319}, {320, 327}}}));
  EXPECT_EQ(in(Offsets::kUtf16),
            std::pair(Ranges{{0, 324}}, std::vector<Ranges>{{{47, 54}, {310, 315}, {316, 323}}}));
  EXPECT_EQ(in(Offsets::kCodepoints),
            std::pair(Ranges{{0, 323}}, std::vector<Ranges>{{{47, 54}, {309, 314}, {315, 322}}}));
}

TEST(Highlight, RanksOverThePseudoAttribute) {
  const auto score = bm25("$fragment", "durability");
  const auto first = highlight(kFirst, score);
  EXPECT_THAT(texts(first),
              testing::ElementsAre("Writes land in a write-ahead log for durability."));
  EXPECT_EQ(fragment_ranges(first), (Ranges{{56, 104}}));
  EXPECT_EQ(match_ranges(first), (std::vector<Ranges>{{{93, 103}}}));
  EXPECT_TRUE(highlight(kSecond, score).empty());
  EXPECT_TRUE(highlight(kThird, score).empty());
}

TEST(Highlight, ArraysNameTheElement) {
  const wire::Value tags = std::vector<std::string>{"object storage", "cold cache", "warm"};
  const auto result = highlight(tags, bm25("text", "cache"));
  EXPECT_THAT(texts(result), testing::ElementsAre("cold cache"));
  EXPECT_EQ(fragment_ranges(result), (Ranges{{0, 10}}));
  EXPECT_EQ(match_ranges(result), (std::vector<Ranges>{{{5, 10}}}));
  EXPECT_EQ(result[0].array_index, 1);
}

TEST(Highlight, MissingValuesGiveNothing) {
  EXPECT_TRUE(highlight(wire::Null{}, bm25("text", "cache")).empty());
  EXPECT_TRUE(highlight(std::string(), bm25("text", "cache")).empty());
  EXPECT_TRUE(highlight(std::vector<std::string>{}, bm25("text", "cache")).empty());
}

TEST(Highlight, EqualScoresKeepTheirPlace) {
  const auto result = highlight(std::string("One fish. Two fish. Red fish."), bm25("text", "fish"));
  EXPECT_THAT(texts(result), testing::ElementsAre("One fish.", "Two fish.", "Red fish."));
}

TEST(Highlight, WeightsAndFloorsDecideTheOrder) {
  const wire::Value value = std::string("Red fish. Blue whale.");
  const wire::ScoreExpr weight{.op = Op::kConstant, .constant = 3};
  const wire::ScoreExpr heavy{.op = Op::kProduct, .children = {weight, bm25("text", "whale")}};
  const wire::ScoreExpr sum{.op = Op::kSum, .children = {bm25("text", "fish"), heavy}};
  EXPECT_THAT(texts(highlight(value, sum)), testing::ElementsAre("Blue whale.", "Red fish."));
  const wire::ScoreExpr floor{.op = Op::kMax, .children = {weight, bm25("text", "fish")}};
  EXPECT_THAT(texts(highlight(value, floor)), testing::ElementsAre("Red fish."));
}

TEST(Highlight, ThePrefixMarksWhatItMatches) {
  const auto result = highlight(std::string("store the storage. no stone."),
                                bm25("text", "the stor", /*last_as_prefix=*/true));
  EXPECT_EQ(match_ranges(result), (std::vector<Ranges>{{{0, 5}, {6, 9}, {10, 17}}}));
}

TEST(Highlight, TheRankingOfTheQueryImpliesTheScore) {
  const wire::ScoreExpr sum{.op = Op::kSum,
                            .children = {bm25("text", "durability"), bm25("tags", "warm")}};
  const auto implied = implied_fragment_score(sum, "text");
  ASSERT_TRUE(implied.has_value());
  EXPECT_EQ(*implied, bm25("text", "durability"));
  EXPECT_THAT(texts(highlight(kFirst, *implied)),
              testing::ElementsAre("Writes land in a write-ahead log for durability."));
  EXPECT_EQ(implied_fragment_score(sum, "plain"), std::nullopt);
  EXPECT_EQ(implied_fragment_score(wire::RankOrder{.clauses = {{.attribute = "id"}}}, "text"),
            std::nullopt);
}

TEST(Highlight, RefusesWhatItCannotRank) {
  const auto refused = [](const wire::FullTextConfig& config, std::int64_t limit,
                          const wire::ScoreExpr& score) {
    const auto compiled =
        Highlighter::compile(config, {.attribute = "text", .fragment_limit = limit}, score);
    return !compiled.has_value() && compiled.error().code == ErrorCode::kInvalidArgument;
  };
  const auto score = bm25("text", "cache");
  EXPECT_TRUE(refused({}, 0, score));
  EXPECT_TRUE(refused({}, 1025, score));
  EXPECT_FALSE(refused({}, 1024, score));
  EXPECT_TRUE(refused({.tokenizer = wire::Tokenizer::kPreTokenizedArray}, 3, score));
  EXPECT_TRUE(refused({}, 3, bm25("tags", "cache")));
  EXPECT_TRUE(refused({}, 3, {.op = Op::kAttribute, .attribute = "n"}));
}

}  // namespace
}  // namespace layer::engine::text
