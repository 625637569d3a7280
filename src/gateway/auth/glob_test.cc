#include "gateway/auth/glob.h"

#include <random>

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

struct Case {
  std::string pattern;
  std::vector<std::string> matches;
  std::vector<std::string> misses;
};

TEST(Glob, TheTableOfExamples) {
  const std::vector<Case> cases{
      {"films", {"films"}, {"film", "films2", "Films", ""}},
      {"*", {"", "a", "a.b-c_d", "*"}, {}},
      {"**", {"", "a"}, {}},
      {"team-*", {"team-", "team-a", "team-a-b"}, {"team", "a-team-b", "Team-a"}},
      {"*-prod", {"-prod", "a-prod", "a-prod-prod"}, {"prod", "a-prod2"}},
      {"a*z", {"az", "abz", "azz"}, {"a", "z", "za", "azb"}},
      {"a*a", {"aa", "aba"}, {"a", "ab"}},
      {"*b*", {"b", "abc"}, {"", "ac"}},
      {"a*bc*bc*d", {"abcbcd", "a_bc_bc_d", "abcbcbcd"}, {"abcd", "abcbc", "bcbcd"}},
      {"a**b", {"ab", "axb"}, {"a", "b"}},
      // No other character has a meaning.
      {"a?c", {"a?c"}, {"abc"}},
      {"a.c", {"a.c"}, {"abc"}},
      {"[ab]", {"[ab]"}, {"a"}},
      {"a\\*", {"a\\", "a\\b"}, {"a*"}},
      {"", {""}, {"a"}},
  };
  for (const auto& [pattern, matches, misses] : cases) {
    const Glob glob(pattern);
    for (const auto& name : matches) {
      EXPECT_TRUE(glob.matches(name)) << pattern << " should match " << name;
    }
    for (const auto& name : misses) {
      EXPECT_FALSE(glob.matches(name)) << pattern << " should not match " << name;
    }
  }
}

TEST(Glob, OnlyStarsMatchEverything) {
  EXPECT_TRUE(Glob("*").matches_everything());
  EXPECT_TRUE(Glob("***").matches_everything());
  EXPECT_FALSE(Glob("a*").matches_everything());
  EXPECT_FALSE(Glob("*a").matches_everything());
  EXPECT_FALSE(Glob("*a*").matches_everything());
  EXPECT_FALSE(Glob("").matches_everything());
}

// The obvious definition, exponential and right.
bool model(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) {
    return name.empty();
  }
  if (pattern.front() == '*') {
    return model(pattern.substr(1), name) || (!name.empty() && model(pattern, name.substr(1)));
  }
  return !name.empty() && pattern.front() == name.front() &&
         model(pattern.substr(1), name.substr(1));
}

TEST(Glob, AgreesWithItsDefinitionOnRandomPatterns) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto text = [&](std::string_view letters, std::size_t size_max) {
    std::string out;
    for (auto n = random() % (size_max + 1); n > 0; --n) {
      out += letters[random() % letters.size()];
    }
    return out;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string pattern = text("ab*", 7);
    const std::string name = text("ab", 9);
    EXPECT_EQ(Glob(pattern).matches(name), model(pattern, name)) << pattern << " on " << name;
  }
}

TEST(Glob, AHostilePatternTakesNoLongerThanItsLength) {
  std::string pattern;
  for (int i = 0; i < 20'000; ++i) {
    pattern += "*a";
  }
  pattern += "*b";
  EXPECT_FALSE(Glob(pattern).matches(std::string(40'000, 'a')));
}

}  // namespace
}  // namespace layer::gateway
