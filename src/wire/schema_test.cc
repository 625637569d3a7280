#include "wire/schema.h"

#include <gtest/gtest.h>

namespace layer::wire {
namespace {

TEST(AttributeType, EveryNameSurvivesTheRoundTrip) {
  for (const char* text :
       {"string",   "int",        "uint",     "float",     "uuid",   "datetime",
        "bool",     "bytes",      "[]string", "[]int",     "[]uint", "[]float",
        "[]uuid",   "[]datetime", "[]bool",   "[]unknown", "[1]f32", "[10752]f32",
        "[384]f16", "[64]i8",     "{}f16",    "[][128]f32"}) {
    const auto type = parse_type(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(to_string(*type), text);
  }
}

TEST(AttributeType, RefusesOtherNames) {
  for (const char* text : {"", "String", "[]", "[]bytes", "unknown", "[][]string", "[0]f32",
                           "[10753]f32", "[99999999999]f32", "[-1]f32", "[2]f64", "[2]", "[2f32",
                           "{}f32", "[][2]f16", "[][]f32", "[ 2]f32", "[2]f32 "}) {
    const auto type = parse_type(text);
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Names, EveryTokenizerLanguageAndMetricIsFoundAgain) {
  for (int i = 0; i <= static_cast<int>(Tokenizer::kPreTokenizedArray); ++i) {
    const auto tokenizer = static_cast<Tokenizer>(i);
    EXPECT_EQ(tokenizer_named(name(tokenizer)), tokenizer);
  }
  for (int i = 0; i <= static_cast<int>(Language::kTurkish); ++i) {
    const auto language = static_cast<Language>(i);
    EXPECT_EQ(language_named(name(language)), language);
  }
  EXPECT_EQ(name(Language::kTurkish), "turkish");
  EXPECT_EQ(name(Tokenizer::kPreTokenizedArray), "pre_tokenized_array");
  EXPECT_EQ(metric_named("euclidean_squared"), DistanceMetric::kEuclideanSquared);
  EXPECT_EQ(tokenizer_named("word"), std::nullopt);
  EXPECT_EQ(language_named("klingon"), std::nullopt);
}

TEST(FullTextConfig, RankingConstantsDoNotChangeTheTokens) {
  FullTextConfig other;
  other.k1 = 2;
  other.b = 0;
  other.k3 = 1;
  EXPECT_TRUE(FullTextConfig().same_analysis(other));
}

TEST(FullTextConfig, TheLanguageMattersOnlyToStemmingAndStopWords) {
  FullTextConfig english;
  FullTextConfig french;
  french.language = Language::kFrench;
  EXPECT_TRUE(english.same_analysis(french));
  english.stemming = french.stemming = true;
  EXPECT_FALSE(english.same_analysis(french));
}

TEST(FullTextConfig, EveryStepOfTheAnalysisMatters) {
  const FullTextConfig base;
  for (auto change : {+[](FullTextConfig& c) { c.tokenizer = Tokenizer::kWordV1; },
                      +[](FullTextConfig& c) { c.case_sensitive = true; },
                      +[](FullTextConfig& c) { c.stemming = true; },
                      +[](FullTextConfig& c) { c.remove_stopwords = true; },
                      +[](FullTextConfig& c) { c.ascii_folding = true; },
                      +[](FullTextConfig& c) { c.max_token_length = 40; }}) {
    FullTextConfig changed;
    change(changed);
    EXPECT_FALSE(base.same_analysis(changed));
  }
}

TEST(Schema, NumbersAttributesInTheOrderTheyAreAdded) {
  Schema schema;
  EXPECT_EQ(schema.add({.name = "b", .type = {}}), 0U);
  EXPECT_EQ(schema.add({.name = "a", .type = {}}), 1U);
  EXPECT_EQ(schema.find("a"), 1U);
  EXPECT_EQ(schema.find("id"), std::nullopt);
  EXPECT_EQ(schema.at(0).name, "b");
}

}  // namespace
}  // namespace layer::wire
