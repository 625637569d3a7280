// HybridText and Auto as callers write them, right and wrong.
#include "features/hybrid/expression.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layer::features::hybrid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::StartsWith;

std::string hybrid(std::string_view options) {
  return fmt::format(R"(["title","HybridText","fox hole",{{{}}}])", options);
}
std::string automatic(std::string_view text, std::string_view options = {}) {
  return fmt::format(R"(["title","Auto","{}",{{{}}}])", text, options);
}
AutoExpression parsed(const std::string& rank_by) {
  auto expression = parse_auto(rank_by);
  EXPECT_TRUE(expression) << rank_by << ": " << expression.error().message;
  return expression ? *expression : AutoExpression{};
}

TEST(HybridExpression, HasDefaults) {
  const auto expression = parse_hybrid(R"([ "title" , "HybridText", "Fox \u00e9" ])");
  ASSERT_TRUE(expression);
  EXPECT_EQ(expression->field, "title");
  EXPECT_EQ(expression->input, "Fox é");
  EXPECT_FALSE(expression->options.distance_max);
  EXPECT_FALSE(expression->options.stopwords);
  EXPECT_EQ(expression->options.rank_constant, 60);
  EXPECT_FALSE(expression->options.per_leg_limit);
  EXPECT_FALSE(expression->options.threads);
  EXPECT_FALSE(expression->options.partial);
}

TEST(HybridExpression, ReadsItsOptions) {
  const auto expression = parse_hybrid(hybrid(
      R"("fuzziness":1,"stopwords":["The","ÜBER"],"rank_constant":0.5,"per_leg_limit":10000,)"
      R"("threads":32,"partial":true,"fusion":"gateway")"));
  ASSERT_TRUE(expression) << expression.error().message;
  EXPECT_THAT(expression->options.distance_max, Optional(1U));
  EXPECT_THAT(expression->options.stopwords, Optional(ElementsAre("the", "über")));
  EXPECT_EQ(expression->options.rank_constant, 0.5);
  EXPECT_THAT(expression->options.per_leg_limit, Optional(10'000U));
  EXPECT_THAT(expression->options.threads, Optional(32U));
  EXPECT_TRUE(expression->options.partial);

  EXPECT_FALSE(parse_hybrid(hybrid(R"("fuzziness":"auto")"))->options.distance_max);
  EXPECT_THAT(parse_hybrid(hybrid(R"("fuzziness":0)"))->options.distance_max, Optional(0U));
  EXPECT_FALSE(parse_hybrid(hybrid(R"("stopwords":"en")"))->options.stopwords);
  EXPECT_THAT(parse_hybrid(hybrid(R"("stopwords":false)"))->options.stopwords, Optional(IsEmpty()));
  EXPECT_EQ(parse_hybrid(hybrid(R"("rank_constant":1)"))->options.rank_constant, 1);
}

TEST(HybridExpression, NamesTheOptionThatIsWrong) {
  const std::pair<const char*, const char*> kWrong[] = {
      {R"("fuzzyness":1)", "rank_by.fuzzyness: unknown option"},
      {R"("route":"fused")", "rank_by.route: unknown option"},
      {R"("vector":[1])", "rank_by.vector: unknown option"},
      {R"("fuzziness":3)", "rank_by.fuzziness: "},
      {R"("fuzziness":-1)", "rank_by.fuzziness: "},
      {R"("fuzziness":1.0)", "rank_by.fuzziness: "},
      {R"("fuzziness":"1")", "rank_by.fuzziness: "},
      {R"("fuzziness":null)", "rank_by.fuzziness: "},
      {R"("stopwords":true)", "rank_by.stopwords: "},
      {R"("stopwords":"de")", "rank_by.stopwords: "},
      {R"("stopwords":["a",1])", "rank_by.stopwords: "},
      {R"("stopwords":{})", "rank_by.stopwords: "},
      {R"("rank_constant":0)", "rank_by.rank_constant: "},
      {R"("rank_constant":-60)", "rank_by.rank_constant: "},
      {R"("rank_constant":"60")", "rank_by.rank_constant: "},
      {R"("per_leg_limit":0)", "rank_by.per_leg_limit: expected an integer from 1 to 10000"},
      {R"("per_leg_limit":10001)", "rank_by.per_leg_limit: "},
      {R"("per_leg_limit":1.5)", "rank_by.per_leg_limit: "},
      {R"("threads":0)", "rank_by.threads: expected an integer from 1 to 32"},
      {R"("threads":33)", "rank_by.threads: "},
      {R"("partial":1)", "rank_by.partial: "},
      {R"("fusion":"store")", "rank_by.fusion: "},
      {R"("fusion":true)", "rank_by.fusion: "},
  };
  for (const auto& [options, words] : kWrong) {
    const auto refused = parse_hybrid(hybrid(options));
    ASSERT_FALSE(refused) << options;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
    EXPECT_THAT(refused.error().message, StartsWith(words));
  }
}

TEST(HybridExpression, HasOneForm) {
  for (const char* const wrong :
       {"", "7", "null", "{}", "[]", R"(["t","HybridText"])", R"(["t","HybridText",7])",
        R"(["t","HybridText",["a"]])", R"(["","HybridText","a"])", R"([1,"HybridText","a"])",
        R"(["t","hybridtext","a"])", R"(["t","Auto","a"])", R"(["t","HybridText","a",[]])",
        R"(["t","HybridText","a",null])", R"(["t","HybridText","a",{},{}])",
        R"(["t","HybridText","a")"}) {
    const auto refused = parse_hybrid(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation) << wrong;
  }
}

TEST(HybridExpression, HasLimits) {
  const std::string longest(kInputBytesMax, 'x');
  EXPECT_TRUE(parse_hybrid(fmt::format(R"(["t","HybridText","{}"])", longest)));
  const auto refused = parse_hybrid(fmt::format(R"(["t","HybridText","{}x"])", longest));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("65536 bytes"));

  std::string words = "\"a\"";
  for (std::size_t i = 1; i < kStopWordsMax; ++i) {
    words += ",\"a\"";
  }
  EXPECT_TRUE(parse_hybrid(hybrid(fmt::format(R"("stopwords":[{}])", words))));
  EXPECT_FALSE(parse_hybrid(hybrid(fmt::format(R"("stopwords":[{},"a"])", words))));
}

TEST(AutoExpression, RoutesByTheNumberOfWords) {
  const auto route = [](std::string_view text) { return name(parsed(automatic(text)).route); };
  EXPECT_EQ(route("fox"), "hybrid_text");
  EXPECT_EQ(route("red fox"), "hybrid_text");
  EXPECT_EQ(route("red fox red FOX"), "hybrid_text");  // each once
  EXPECT_EQ(route("the red fox"), "fused");            // stop words count
  EXPECT_EQ(route("w1 w2 w3 w4 w5 w6 w7"), "fused");
  EXPECT_EQ(route("w1 w2 w3 w4 w5 w6 w7 w8"), "semantic");
  EXPECT_FALSE(parsed(automatic("fox")).forced);
}

TEST(AutoExpression, CountsAtMostFifteenWords) {
  EXPECT_EQ(parsed(automatic("red fox")).tokens, 2U);
  EXPECT_EQ(parsed(automatic("w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16")).tokens,
            15U);
}

TEST(AutoExpression, CanBeForced) {
  for (const char* const route : {"hybrid_text", "fused", "semantic"}) {
    const auto expression = parsed(automatic("fox", fmt::format(R"("route":"{}")", route)));
    EXPECT_EQ(name(expression.route), route);
    EXPECT_TRUE(expression.forced);
  }
  for (const char* const open : {R"("route":"auto")", R"("route":null)"}) {
    const auto expression = parsed(automatic("fox", open));
    EXPECT_EQ(expression.route, Route::kHybridText);
    EXPECT_FALSE(expression.forced);
  }
}

TEST(AutoExpression, KeepsItsVectorAsItIsWritten) {
  EXPECT_EQ(parsed(automatic("fox", R"("vector":[1, 2.50])")).vector, "[1, 2.50]");
  EXPECT_EQ(parsed(automatic("fox", R"("vector":["Embed","fox",{"model":"m"}])")).vector,
            R"(["Embed","fox",{"model":"m"}])");
  EXPECT_THAT(parsed(automatic("fox")).vector, IsEmpty());
  EXPECT_THAT(parsed(automatic("fox", R"("vector":null)")).vector, IsEmpty());
}

TEST(AutoExpression, HandsOptionsOnToTheWords) {
  const auto expression = parsed(automatic("fox", R"("fuzziness":0,"stopwords":false)"));
  EXPECT_THAT(expression.lexical.options.distance_max, Optional(0U));
  EXPECT_THAT(expression.lexical.options.stopwords, Optional(IsEmpty()));
  EXPECT_EQ(expression.lexical.field, "title");
  EXPECT_EQ(expression.lexical.input, "fox");
}

TEST(AutoExpression, NamesWhatIsWrong) {
  const std::pair<std::string, const char*> kWrong[] = {
      {automatic("fox", R"("rank_constant":60)"), "rank_by.rank_constant: unknown option"},
      {automatic("fox", R"("partial":true)"), "rank_by.partial: unknown option"},
      {automatic("fox", R"("route":"hybrid")"), "rank_by.route: "},
      {automatic("fox", R"("route":1)"), "rank_by.route: "},
      {automatic("fox", R"("vector":"AAAA")"), "rank_by.vector: "},
      {automatic("fox", R"("vector":{})"), "rank_by.vector: "},
      {automatic("fox", R"("fuzziness":9)"), "rank_by.fuzziness: "},
      {automatic(""), "rank_by: the text has no word"},
      {automatic("a ! ?"), "rank_by: the text has no word"},
      {R"(["t","HybridText","fox"])", "rank_by: expected"},
  };
  for (const auto& [rank_by, words] : kWrong) {
    const auto refused = parse_auto(rank_by);
    ASSERT_FALSE(refused) << rank_by;
    EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
    EXPECT_THAT(refused.error().message, StartsWith(words));
  }
}

}  // namespace
}  // namespace layer::features::hybrid
