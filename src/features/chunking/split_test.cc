#include "features/chunking/split.h"

#include <gtest/gtest.h>

#include <random>

#include "features/chunking/pieces.h"

namespace layer::features::chunking {
namespace {

using Texts = std::vector<std::string>;

// One token for each started four bytes.
std::size_t quarter(std::string_view text) {
  return (text.size() + 3) / 4;
}

Texts chunks(std::string_view text, const SplitRule& rule) {
  const auto made = split(text, rule, quarter);
  EXPECT_TRUE(made) << made.error().message;
  return made ? Texts(made->begin(), made->end()) : Texts();
}

TEST(Split, FixedWindowsOverlapByCodePoints) {
  EXPECT_EQ(chunks("abcdefghij", {.strategy = Strategy::kFixed, .size = 4}),
            (Texts{"abcd", "efgh", "ij"}));
  EXPECT_EQ(chunks("abcdefghij", {.strategy = Strategy::kFixed, .size = 4, .overlap = 2}),
            (Texts{"abcd", "cdef", "efgh", "ghij"}));
  EXPECT_EQ(chunks("äöüß€", {.strategy = Strategy::kFixed, .size = 2}), (Texts{"äö", "üß", "€"}));
  EXPECT_EQ(chunks("abc", {.strategy = Strategy::kFixed, .size = 3}), (Texts{"abc"}));
}

TEST(Split, FixedTokensKeepWordsTogetherWhereTheyFit) {
  const SplitRule rule{.strategy = Strategy::kFixed, .unit = Unit::kTokens, .size = 2};
  EXPECT_EQ(chunks("abc def ghi", rule), (Texts{"abc def", "ghi"}));
  EXPECT_EQ(chunks("abcdefghijkl", rule), (Texts{"ab", "cd", "ef", "gh", "ij", "kl"}));
}

TEST(Split, SentencesAreJoinedUpToTheSize) {
  const std::string text = "One is here. Two is here. Three is much longer than the others.";
  EXPECT_EQ(chunks(text, {.strategy = Strategy::kSentence, .size = 26}),
            (Texts{"One is here. Two is here.", "Three is much longer than", "the others."}));
  EXPECT_EQ(chunks(text, {.strategy = Strategy::kSentence, .size = 40, .overlap = 13}).at(1),
            "Three is much longer than the others.");
}

TEST(Split, RecursiveCutsAsCoarselyAsItCan) {
  const std::string text = "First block.\nStill it.\n\nSecond block of words.\n\nThird.";
  EXPECT_EQ(chunks(text, {.size = 32}),
            (Texts{"First block.\nStill it.", "Second block of words.\n\nThird."}));
  EXPECT_EQ(chunks(text, {.size = 14}),
            (Texts{"First block.", "Still it.", "Second block", "of words.", "Third."}));
}

TEST(Split, MarkdownNeverCrossesAHeadingAndKeepsCode) {
  const std::string text =
      "# Title\n\n## One\ntext\n\n```\n# no heading\n\ncode\n```\n## Two\nmore text\n";
  EXPECT_EQ(
      chunks(text, {.strategy = Strategy::kMarkdown, .size = 1000}),
      (Texts{"# Title\n\n## One\ntext\n\n```\n# no heading\n\ncode\n```", "## Two\nmore text"}));
}

TEST(Split, NothingComesOfNothing) {
  for (const Strategy strategy :
       {Strategy::kFixed, Strategy::kRecursive, Strategy::kSentence, Strategy::kMarkdown}) {
    EXPECT_TRUE(chunks("", {.strategy = strategy}).empty());
    EXPECT_TRUE(chunks(" \n\t ", {.strategy = strategy, .size = 1}).empty());
  }
}

TEST(Split, ATextOfTooManyChunksIsRefused) {
  const std::string text(kChunksMax + 1, 'a');
  const auto made = split(text, {.strategy = Strategy::kFixed, .size = 1}, quarter);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kValidation);
}

std::string random_text(std::mt19937_64& random) {
  static constexpr std::string_view kParts[] = {
      "word",  " ",    "\n", "\n\n", ". ", "# Head\n", "```\n",
      "länge", "日本", "a",  "! ",   "\t", "~~~\n",    "supercalifragilistic"};
  std::string text;
  for (std::size_t count = random() % 60; count > 0; --count) {
    text += kParts[random() % std::size(kParts)];
  }
  return text;
}

// Chunks in order, with nothing but white space between them, none above the size.
TEST(Split, CoversRandomTextsWithinTheSize) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string text = random_text(random);
    const auto size = static_cast<std::uint32_t>(1 + random() % 40);
    const SplitRule rule{.strategy = static_cast<Strategy>(random() % 4),
                         .unit = Unit::kCharacters,
                         .size = size,
                         .overlap = static_cast<std::uint32_t>(random() % size)};
    const auto made = split(text, rule, quarter);
    ASSERT_TRUE(made) << "seed " << seed;
    std::size_t covered = 0;
    std::size_t begun = 0;
    for (const std::string_view chunk : *made) {
      const auto begin = static_cast<std::size_t>(chunk.data() - text.data());
      ASSERT_LE(count_characters(chunk), size) << "seed " << seed;
      ASSERT_GE(begin, begun) << "seed " << seed;
      if (begin > covered) {
        const std::string gap = text.substr(covered, begin - covered);
        ASSERT_EQ(gap.find_first_not_of(" \t\r\n"), std::string::npos) << "seed " << seed;
      }
      begun = begin;
      covered = std::max(covered, begin + chunk.size());
    }
    ASSERT_EQ(text.find_first_not_of(" \t\r\n", covered), std::string::npos) << "seed " << seed;
  }
}

}  // namespace
}  // namespace layer::features::chunking
