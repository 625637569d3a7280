#include "engine/text/pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

struct Row {
  std::string pattern;
  std::string value;
  bool matches;
};

bool glob(std::string_view pattern, std::string_view value, bool ignore_case = false) {
  const auto compiled = compile_glob(pattern, ignore_case);
  EXPECT_TRUE(compiled.has_value()) << pattern << ": " << compiled.error().message;
  return compiled.has_value() && (*compiled)->matches(value);
}

TEST(Glob, MatchesWholeValues) {
  const std::vector<Row> rows = {
      {"", "", true},
      {"", "a", false},
      {"turbo", "turbo", true},
      {"turbo", "turbopuffer", false},
      {"*", "", true},
      {"*", "a\nb/c", true},
      {"turbo*", "turbopuffer", true},
      {"*puffer", "turbopuffer", true},
      {"*bop*", "turbopuffer", true},
      {"a*b*c", "a--b--c", true},
      {"a*b*c", "a--c--b", false},
      {"ab*ba", "aba", false},
      {"*a*a*", "a", false},
      {"src/*.cc", "src/engine/text/glob.cc", true},
      {"h?t", "hat", true},
      {"h?t", "ht", false},
      {"caf?", "café", true},
      {"?", "🐡", true},
      {"[abc]x", "bx", true},
      {"[abc]x", "dx", false},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "dx", true},
      {"[^a-c]x", "bx", false},
      {"[]]", "]", true},
      {"[!]]", "a", true},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[à-ü]", "é", true},
      {"[*]", "*", true},
      {"[*]", "a", false},
      {"{foo,bar}.txt", "bar.txt", true},
      {"{foo,bar}.txt", "baz.txt", false},
      {"{a{b,c},d}*", "acx", true},
      {"{,a}", "a", true},
      {"{a,}b", "ab", true},
      {"{}", "", true},
      {"a,b", "a,b", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"\\{a\\}", "{a}", true},
      {"a.b+c|d(e)$^", "a.b+c|d(e)$^", true},
      {"a.b", "axb", false},
      {"**", "a/b/c", true},
      {"**/c", "c", true},
      {"**/c", "a/b/c", true},
      {"**/c", "a/bc", false},
      {"a/**", "a/b/c", true},
      {"a/**", "ab", false},
      {"a/**/c", "a/c", true},
      {"a/**/c", "a/b/b/c", true},
      {"a/**/c", "a/bc", false},
      {"a**c", "abbc", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(glob(row.pattern, row.value), row.matches) << row.pattern << " on " << row.value;
  }
}

TEST(Glob, MayIgnoreCase) {
  EXPECT_TRUE(glob("*TURBO*", "My turbopuffer", true));
  EXPECT_FALSE(glob("*TURBO*", "My turbopuffer", false));
  EXPECT_TRUE(glob("CAFÉ*", "café noir", true));
  EXPECT_TRUE(glob("[A-C]?", "bX", true));
}

TEST(Glob, BadPatternsNameTheProblem) {
  for (const std::string_view pattern : {"[a", "[", "[!", "{a", "a}", "a\\", "[z-a]"}) {
    for (const bool ignore_case : {false, true}) {
      const auto compiled = compile_glob(pattern, ignore_case);
      ASSERT_FALSE(compiled.has_value()) << pattern;
      EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
      EXPECT_NE(compiled.error().message.find(pattern), std::string::npos);
    }
  }
  EXPECT_FALSE(compile_glob(std::string(100'000, '?'), false).has_value());
}

TEST(Glob, KnowsItsLiteralPrefix) {
  EXPECT_EQ((*compile_glob("turbo*", false))->literal_prefix(), "turbo");
  EXPECT_EQ((*compile_glob("turbo", false))->literal_prefix(), "turbo");
  EXPECT_EQ((*compile_glob("*turbo", false))->literal_prefix(), "");
  EXPECT_EQ((*compile_glob("turbo*", true))->literal_prefix(), "");
  const auto question = compile_glob("turbo?x", false);
  EXPECT_TRUE(std::string_view("turbo").starts_with((*question)->literal_prefix()));
}

TEST(Regex, SearchesAnywhereInTheValue) {
  const std::vector<Row> rows = {
      {"turbo.*", "my turbopuffer", true},
      {"^turbo", "my turbopuffer", false},
      {"puffer$", "turbopuffer", true},
      {"(?i)TURBO", "turbo", true},
      {"a.c", "a\nc", false},
      {"(?s)a.c", "a\nc", true},
      {"^.$", "🐡", true},
      {"\\d+", "x٣", true},
      {"^\\w+$", "naïve", true},
      {"^\\W$", "é", false},
      {"\\s", "a\u00a0b", true},
      {"^[\\w-]+$", "naïve-é", true},
      {"^[^\\d]$", "٣", false},
      {"\\p{Greek}", "abcδ", true},
      {"\\u{1F421}", "🐡", true},
      {"\\u00e9", "café", true},
      {"(?<year>\\d{4})-", "in 2024-03", true},
      {"[[:alpha:]]+", "12a", true},
      {"[]a]", "]", true},
      {"", "anything", true},
      {"a|b", "xbx", true},
      {"\\Aab\\z", "ab", true},
  };
  for (const Row& row : rows) {
    const auto compiled = compile_regex(row.pattern);
    ASSERT_TRUE(compiled.has_value()) << row.pattern << ": " << compiled.error().message;
    EXPECT_EQ((*compiled)->matches(row.value), row.matches) << row.pattern << " on " << row.value;
  }
}

TEST(Regex, BadPatternsNameTheProblem) {
  for (const std::string_view pattern :
       {"(", "a)", "[a", "*a", "a{2,1}", "(?=x)", "(?<=x)y", "(?!x)", "(a)\\1", "\\C", "\\Qa\\E",
        "[a&&b]", "[a[bc]]", "\\u12", "(?P<n", "\\p{NoSuchScript}", "((a{1000}){1000}){1000}"}) {
    const auto compiled = compile_regex(pattern);
    ASSERT_FALSE(compiled.has_value()) << pattern;
    EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(compiled.error().message.starts_with("invalid regular expression '"))
        << compiled.error().message;
  }
  EXPECT_FALSE(compile_regex(std::string(40'000, 'a')).has_value());
}

TEST(Regex, ItsPrefixHoldsForEveryMatch) {
  const auto compiled = compile_regex("^turbo(puffer|charger)");
  const std::string_view prefix = (*compiled)->literal_prefix();
  EXPECT_TRUE(std::string_view("turbo").starts_with(prefix));
  EXPECT_GE(prefix.size(), 4);
  EXPECT_EQ((*compile_regex("turbo"))->literal_prefix(), "");
  EXPECT_EQ((*compile_regex("(?i)^turbo"))->literal_prefix(), "");
  EXPECT_EQ((*compile_regex("^turbo|^x"))->literal_prefix(), "");
  EXPECT_EQ((*compile_regex("^turbo|turbot"))->literal_prefix(), "");
  EXPECT_EQ((*compile_regex("(?m)^turbo"))->literal_prefix(), "");
}

TEST(Regex, LongErrorsAreCutAtACharacter) {
  std::string pattern = "(";
  for (int i = 0; i < 100; ++i) {
    pattern += "é";
  }
  const auto compiled = compile_regex(pattern);
  ASSERT_FALSE(compiled.has_value());
  EXPECT_LT(compiled.error().message.size(), 250);
  EXPECT_NE(compiled.error().message.find("é...'"), std::string::npos);
}

const std::vector<wire::EditDistance> kThresholds = {
    {.min_query_chars = 3, .distance = 0},
    {.min_query_chars = 6, .distance = 1},
    {.min_query_chars = 9, .distance = 2},
};

bool fuzzy(std::string_view query, std::string_view value, bool case_sensitive = true) {
  return (*compile_fuzzy(query, kThresholds, case_sensitive))->matches(value);
}

TEST(Fuzzy, TheLengthOfTheQuerySelectsTheDistance) {
  EXPECT_FALSE(fuzzy("fi", "fish"));  // below the first threshold
  EXPECT_TRUE(fuzzy("fish", "the fishes"));
  EXPECT_FALSE(fuzzy("fish", "the fsh"));
  EXPECT_TRUE(fuzzy("puffer", "a pufer here"));
  EXPECT_FALSE(fuzzy("puffer", "a pufr here"));
  EXPECT_TRUE(fuzzy("turbopufer", "my turbopuffer"));
  EXPECT_TRUE(fuzzy("turbopuffer", "my turdopuffr"));
  EXPECT_FALSE(fuzzy("turbopuffer", "my turdpuffr x"));
  EXPECT_FALSE(fuzzy("", "anything"));
}

TEST(Fuzzy, CountsCodePointsAndNotBytes) {
  EXPECT_TRUE(fuzzy("naïvety", "naivety"));
  EXPECT_FALSE(fuzzy("éé", "éé"));  // two characters, four bytes
  EXPECT_TRUE(fuzzy("東京タワーへ", "東京タウーへ行く"));
}

TEST(Fuzzy, MayIgnoreCase) {
  EXPECT_FALSE(fuzzy("fish", "FISH"));
  EXPECT_TRUE(fuzzy("fish", "FISH", false));
  EXPECT_TRUE(fuzzy("ÉCOLE", "école", false));
}

TEST(Fuzzy, RefusesDistancesAndQueriesBeyondTheLimits) {
  const std::vector<wire::EditDistance> far = {{.min_query_chars = 12, .distance = 3}};
  EXPECT_FALSE(compile_fuzzy("a long enough query", far, true).has_value());
  EXPECT_FALSE(compile_fuzzy(std::string(8193, 'a'), kThresholds, true).has_value());
}

// Sellers' table: the least distance between the query and any substring.
std::uint32_t least_distance(const std::u32string& query, const std::u32string& text) {
  std::vector<std::uint32_t> row(query.size() + 1);
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    row[i] = i;
  }
  std::uint32_t best = row.back();
  for (const char32_t c : text) {
    std::uint32_t diagonal = std::exchange(row[0], 0);
    for (std::size_t i = 1; i < row.size(); ++i) {
      const std::uint32_t change = diagonal + (query[i - 1] == c ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({change, row[i] + 1, row[i - 1] + 1});
    }
    best = std::min(best, row.back());
  }
  return best;
}

TEST(Fuzzy, AgreesWithThePlainTable) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  // Windows of texts that are ASCII, whole texts of others.
  const std::u32string alphabets[] = {U"abé🐡", U"abcdefgh", U"ab"};
  std::u32string alphabet;
  const auto draw = [&](std::size_t size) {
    std::u32string text;
    while (text.size() < size) {
      text += alphabet[random() % alphabet.size()];
    }
    return text;
  };
  const auto utf8 = [](const std::u32string& text) {
    std::string out;
    for (const char32_t c : text) {
      append_utf8(out, c);
    }
    return out;
  };
  for (int round = 0; round < 9000; ++round) {
    alphabet = alphabets[round % 3];
    // Beyond 64 and 128 characters the pattern needs several machine words.
    const std::u32string query = draw(3 + random() % (round % 5 == 0 ? 150 : 12));
    std::u32string text = draw(random() % (round % 7 == 0 ? 700 : 30));
    if (random() % 2 == 0) {  // plant a damaged copy, or nothing long would ever match
      std::u32string copy = query;
      for (unsigned edits = random() % 4; edits > 0 && !copy.empty(); --edits) {
        const std::size_t at = random() % copy.size();
        switch (random() % 3) {
          case 0:
            copy.erase(at, 1);
            break;
          case 1:
            copy.insert(at, 1, alphabet[random() % alphabet.size()]);
            break;
          default:
            copy[at] = alphabet[random() % alphabet.size()];
        }
      }
      text += copy + draw(random() % 10);
    }
    const auto distance = static_cast<std::uint32_t>(random() % 3);
    const std::vector<wire::EditDistance> always = {{.min_query_chars = 0, .distance = distance}};
    const bool expected = query.size() > distance && least_distance(query, text) <= distance;
    const auto pattern = compile_fuzzy(utf8(query), always, true);
    ASSERT_EQ((*pattern)->matches(utf8(text)), expected)
        << utf8(query) << " in " << utf8(text) << " within " << distance;
    std::string shouted = utf8(text);
    std::ranges::transform(shouted, shouted.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    const auto any_case = compile_fuzzy(utf8(query), always, false);
    ASSERT_EQ((*any_case)->matches(shouted), expected)
        << utf8(query) << " in " << shouted << " within " << distance;
  }
}

}  // namespace
}  // namespace layer::engine::text
