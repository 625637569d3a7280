#include "engine/text/token_query.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/text/bm25.h"

namespace layer::engine::text {
namespace {

TokenQuery query_of(std::string text, bool last_as_prefix = false,
                    const wire::FullTextConfig& config = {}) {
  return TokenQuery::of(config, {.value = std::move(text)}, last_as_prefix);
}

const Analyzer kAnalyzer{wire::FullTextConfig{}};

// Scores of all documents, each a value of one attribute.
std::vector<float> scores_of(const std::vector<wire::Value>& documents, const std::string& text) {
  const TokenQuery query = query_of(text);
  std::vector<ValueMatch> matches;
  float tokens = 0;
  for (const wire::Value& document : documents) {
    matches.push_back(match_value(kAnalyzer, query, document));
    tokens += static_cast<float>(matches.back().length);
  }
  const auto count = static_cast<float>(documents.size());
  std::vector<float> scores(documents.size());
  for (std::size_t term = 0; term < query.terms().size(); ++term) {
    const auto df = std::ranges::count_if(
        matches, [&](const ValueMatch& match) { return match.term_frequencies[term] > 0; });
    const Bm25Weight weight =
        bm25_weight({}, count, static_cast<float>(df),
                    static_cast<float>(query.terms()[term].occurrences), tokens / count);
    for (std::size_t i = 0; i < matches.size(); ++i) {
      const auto tf = static_cast<float>(matches[i].term_frequencies[term]);
      if (tf > 0) {
        scores[i] += weight.score(tf, static_cast<float>(matches[i].length));
      }
    }
  }
  return scores;
}

TEST(Bm25, GivesTheScoresOfTheStoreBitForBit) {
  const std::vector<wire::Value> documents = {std::string("fish fish swim"),
                                              std::string("fish tank water deep blue"),
                                              std::string("swim swim fish")};
  const std::map<std::string, std::vector<float>> expected = {
      {"fish", {0.19350067F, 0.11623961F, 0.14426166F}},
      {"fish fish", {0.34830117F, 0.20923129F, 0.25967097F}},
      {"fish fish swim", {0.85607296F, 0.20923129F, 0.9407541F}},
  };
  for (const auto& [text, scores] : expected) {
    EXPECT_EQ(scores_of(documents, text), scores) << text;
  }
}

TEST(Bm25, GivesTheScoresOfLongerTextsAndOfArrays) {
  const std::vector<wire::Value> texts = {
      std::string("turbopuffer is a search engine built on object storage. Writes land in a "
                  "write-ahead log for durability.\n\nWarm queries are served from an NVMe cache. "
                  "Highlighting returns the most relevant fragments of an attribute.\nA fragment "
                  "can be a word, a sentence, a paragraph, or the whole attribute. Pufferfish café "
                  "🐡 naïve storage."),
      std::string("Nothing relevant here. Just cache."), std::string("unrelated words only")};
  EXPECT_EQ(scores_of(texts, "object storage cache"),
            (std::vector<float>{1.801863F, 0.68128055F, 0}));
  EXPECT_EQ(scores_of(texts, "naïve storage"), (std::vector<float>{1.5186982F, 0, 0}));
  const std::vector<wire::Value> tags = {
      std::vector<std::string>{"object storage", "cold cache", "warm"},
      std::vector<std::string>{"x"}, std::vector<std::string>{"y"}};
  EXPECT_EQ(scores_of(tags, "cache"), (std::vector<float>{0.6683526F, 0, 0}));
  EXPECT_EQ(scores_of(texts, "durability")[0] + scores_of(tags, "warm")[0], 1.2592762F);
}

TEST(TokenQuery, MergesRepeatedTermsInOrderOfFirstOccurrence) {
  const TokenQuery query = query_of("fish swim Fish");
  ASSERT_EQ(query.terms().size(), 2);
  EXPECT_EQ(query.terms()[0].text, "fish");
  EXPECT_EQ(query.terms()[0].occurrences, 2);
  EXPECT_EQ(query.terms()[1].text, "swim");
  EXPECT_EQ(query.tokens().size(), 3);
  EXPECT_FALSE(query.prefix().has_value());
}

TEST(TokenQuery, TheLastTokenMayBeAPrefix) {
  const TokenQuery query = query_of("swim fi", true);
  EXPECT_EQ(query.terms().size(), 1);
  EXPECT_EQ(query.prefix(), "fi");
  EXPECT_TRUE(query_of("", true).empty());
  EXPECT_TRUE(contains_all_tokens(kAnalyzer, query, std::string("fish swim")));
  EXPECT_FALSE(contains_all_tokens(kAnalyzer, query, std::string("cat swim")));
  EXPECT_FALSE(contains_all_tokens(kAnalyzer, query, std::string("fish")));
  EXPECT_TRUE(contains_any_token(kAnalyzer, query, std::string("fish")));
  EXPECT_TRUE(contains_any_token(kAnalyzer, query_of("🧑", true), std::string("a 🧑\u200d💻")));
}

TEST(TokenQuery, ReadsElementsOfPreTokenizedArrays) {
  const wire::FullTextConfig config{.tokenizer = wire::Tokenizer::kPreTokenizedArray,
                                    .case_sensitive = true};
  const wire::LiteralArray parts = {{.value = std::string("New York")},
                                    {.value = std::string("a")}};
  const TokenQuery query = TokenQuery::of(config, {.value = parts}, false);
  const Analyzer analyzer(config);
  EXPECT_TRUE(contains_all_tokens(analyzer, query, std::vector<std::string>{"a", "b", "New York"}));
  EXPECT_FALSE(contains_all_tokens(analyzer, query, std::vector<std::string>{"a", "new york"}));
}

TEST(TokenQuery, NothingIsFoundInOtherValues) {
  const TokenQuery query = query_of("fish");
  EXPECT_FALSE(contains_any_token(kAnalyzer, query, wire::Null{}));
  EXPECT_FALSE(contains_any_token(kAnalyzer, query, std::int64_t{5}));
  EXPECT_FALSE(contains_token_sequence(kAnalyzer, query, wire::Null{}));
}

TEST(TokenQuery, AnOperandWithoutTokensAsksForNothing) {
  const TokenQuery query = query_of("--- !");
  EXPECT_TRUE(query.empty());
  EXPECT_TRUE(contains_all_tokens(kAnalyzer, query, std::string("fish")));
  EXPECT_FALSE(contains_any_token(kAnalyzer, query, std::string("fish")));
  EXPECT_TRUE(contains_token_sequence(kAnalyzer, query, std::string("fish")));
}

TEST(TokenQuery, SequencesOfRepeatedWordsAreFound) {
  EXPECT_TRUE(contains_token_sequence(kAnalyzer, query_of("a b a"), std::string("a a b a")));
  EXPECT_FALSE(contains_token_sequence(kAnalyzer, query_of("a b a b"), std::string("a a b a")));
}

TEST(ScoreAlone, KnowsNoCorpus) {
  const TokenQuery query = query_of("fish");
  const ValueMatch match = match_value(kAnalyzer, query, std::string("fish fish"));
  // ln 2 * (k1 + 1) * tf / (tf + k1 * (1 - b + b * dl)) with tf = dl = 2
  const float expected = std::log(2.0F) * 2.2F * (2.0F / (2.0F + 1.2F * (0.25F + 0.75F * 2.0F)));
  EXPECT_FLOAT_EQ(score_alone({}, query, match), expected);
  EXPECT_EQ(score_alone({}, query, match_value(kAnalyzer, query, std::string("cat"))), 0);
}

TEST(ScoreAlone, APrefixCountsExactlyOneOnce) {
  const TokenQuery query = query_of("fi", true);
  const ValueMatch match = match_value(kAnalyzer, query, std::string("fish fin fins"));
  EXPECT_EQ(score_alone({}, query, match), 1.0F);
}

}  // namespace
}  // namespace layer::engine::text
