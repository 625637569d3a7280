// The words of a text, and which of them are looked for with misspellings.
#include "features/hybrid/words.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layer::features::hybrid {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "w1 w2 ... wn"
std::string numbered(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    text += fmt::format("w{} ", i);
  }
  return text;
}

TEST(Words, AreLowerCasedAndStandOnceInTheirOrder) {
  EXPECT_THAT(words_of("Quick brown QUICK, Fox!"), ElementsAre("quick", "brown", "fox"));
  EXPECT_THAT(words_of("Ærø naïve CAFÉ"),
              ElementsAre("ærø", "naïve", "café"));                           // nothing is folded
  EXPECT_THAT(words_of("visited visits"), ElementsAre("visited", "visits"));  // nor stemmed
}

TEST(Words, AreThoseOfTheStoresDefaultAnalyzer) {
  EXPECT_THAT(words_of("don't e-mail 3.14"), ElementsAre("don't", "mail", "3.14"));
  EXPECT_THAT(words_of(" \t... !? -- "), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

TEST(Words, HaveTwoToThirtyNineCharacters) {
  const std::string longest(39, 'x');
  EXPECT_THAT(words_of("a be " + longest + " " + longest + "x"), ElementsAre("be", longest));
  std::string umlauts;
  for (int i = 0; i < 39; ++i) {
    umlauts += "ü";  // characters count, not bytes
  }
  EXPECT_THAT(words_of("ü üb " + umlauts), ElementsAre("üb", umlauts));
}

TEST(Words, OfALongTextAreReadInOnePass) {
  // Many different words: looking each up in a list of the others would take minutes.
  EXPECT_EQ(words_of(numbered(100'000)).size(), 100'000U);
}

TEST(FirstWords, AreThoseOfTheWholeText) {
  for (const std::size_t count : {0UL, 3UL, 700UL, 5'000UL}) {
    const std::string text = numbered(count);
    auto expected = words_of(text);
    expected.resize(std::min<std::size_t>(expected.size(), 15));
    EXPECT_EQ(first_words(text, 15), expected) << count;
  }
}

TEST(FirstWords, AreFoundBehindALongBeginning) {
  const std::string text = std::string(5'000, '.') + " ende";
  EXPECT_THAT(first_words(text, 15), ElementsAre("ende"));
  // The text is cut within a character, and within a word.
  std::string umlauts = "x";
  for (int i = 0; i < 4'000; ++i) {
    umlauts += i % 30 == 0 ? " ü" : "ü";
  }
  const auto words = words_of(umlauts);
  EXPECT_THAT(first_words(umlauts + " fin", 15), ElementsAre(words.at(0), words.at(1), "fin"));
}

TEST(ChosenWords, LeaveOutStopWordsOfTheListInForce) {
  const auto words = words_of("The fox and the hen");
  const auto english = choose_words(words, {});
  EXPECT_THAT(english.words, ElementsAre("fox", "hen"));
  EXPECT_THAT(english.stopwords, ElementsAre("the", "and"));
  EXPECT_THAT(choose_words(words, {.stopwords = std::vector<std::string>()}).words,
              ElementsAre("the", "fox", "and", "hen"));
  const auto own = choose_words(words, {.stopwords = std::vector<std::string>{"fox"}});
  EXPECT_THAT(own.words, ElementsAre("the", "and", "hen"));
  EXPECT_THAT(own.stopwords, ElementsAre("fox"));
}

TEST(ChosenWords, KnowThirtyThreeEnglishStopWords) {
  const auto list = words_of(
      "a an and are as at be but by for if in into is it no not of on or such that the their then "
      "there these they this to was will with");
  EXPECT_EQ(list.size(), 32U);  // "a" is no word
  EXPECT_THAT(choose_words(list, {}).words, IsEmpty());
}

TEST(ChosenWords, AreAtMostFifteenAndTellOfTheRest) {
  const auto chosen = choose_words(words_of("the " + numbered(17)), {});
  EXPECT_EQ(chosen.words.size(), kWordsMax);
  EXPECT_THAT(chosen.dropped, ElementsAre("w16", "w17"));
  EXPECT_THAT(chosen.stopwords, ElementsAre("the"));  // takes no place
}

}  // namespace
}  // namespace layer::features::hybrid
