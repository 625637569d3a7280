#include "json/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "json/unescape.h"

namespace layer::json {
namespace {

using ::testing::ElementsAre;

// Tokens as letters, keys and scalars with their text, until the end or a fault.
std::vector<std::string> tokens(Lexer& lexer) {
  std::vector<std::string> out;
  for (;;) {
    switch (lexer.next()) {
      case Token::kBeginObject:
        out.emplace_back("{");
        break;
      case Token::kEndObject:
        out.emplace_back("}");
        break;
      case Token::kBeginArray:
        out.emplace_back("[");
        break;
      case Token::kEndArray:
        out.emplace_back("]");
        break;
      case Token::kKey:
        out.push_back(std::string(lexer.raw()) + ":");
        break;
      case Token::kEnd:
        return out;
      case Token::kNeedMore:
        return out;
      case Token::kInvalid:
        out.emplace_back("invalid");
        return out;
      default:
        out.emplace_back(lexer.raw());
    }
  }
}

std::vector<std::string> tokens(std::string_view text) {
  Lexer lexer(text);
  return tokens(lexer);
}

bool valid(std::string_view text) {
  Lexer lexer(text);
  for (;;) {
    const Token token = lexer.next();
    if (token == Token::kEnd || token == Token::kInvalid) {
      return token == Token::kEnd;
    }
  }
}

TEST(Lexer, GivesTokensWithTheirText) {
  EXPECT_THAT(tokens(R"( {"a" : [1, -2.5e+3,"x\"y"], "b":{} ,"c":null} )"),
              ElementsAre("{", "a:", "[", "1", "-2.5e+3", R"(x\"y)", "]", "b:", "{", "}",
                          "c:", "null", "}"));
  EXPECT_THAT(tokens("12"), ElementsAre("12"));
}

TEST(Lexer, KnowsWhereTokensStand) {
  Lexer lexer(R"({"ab": 17})");
  lexer.next();
  EXPECT_EQ(lexer.next(), Token::kKey);
  EXPECT_EQ(lexer.begin(), 1U);
  EXPECT_EQ(lexer.end(), 5U);
  EXPECT_EQ(lexer.next(), Token::kNumber);
  EXPECT_EQ(lexer.begin(), 7U);
  EXPECT_EQ(lexer.end(), 9U);
}

TEST(Lexer, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "[,1]",
                           "{,}",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           "[1 2]",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "+1",
                           "tru",
                           "truth",
                           "nul",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\t\"",
                           R"("\ud800")",
                           R"("\ud800\u0041")",
                           R"("\udc00")",
                           R"("\ud83d\ud83d")",
                           "[}",
                           "{]",
                           "1 1",
                           "[1]]",
                           "\xEF\xBB\xBF{}",
                           "'a'",
                           "{a:1}",
                           "[-]",
                           "NaN",
                           "-01"}) {
    EXPECT_FALSE(valid(text)) << text;
  }
}

TEST(Lexer, AcceptsWhatIsJson) {
  for (const char* text :
       {"0", "-0", "0.0", "1E5", "1e-05", "18446744073709551616", "true", "\"\"", "[]", "{}",
        R"("\ud83d\ude00")", R"("\b\f\n\r\t\/\\\"")", "\t[ 1 , 2 ]\n", R"({"":{"":[[]]}})"}) {
    EXPECT_TRUE(valid(text)) << text;
  }
}

TEST(Lexer, LimitsNesting) {
  const std::size_t max = core::limits::json_depth_max;
  EXPECT_TRUE(valid(std::string(max, '[') + std::string(max, ']')));
  EXPECT_FALSE(valid(std::string(max + 1, '[') + std::string(max + 1, ']')));
}

TEST(Lexer, SkipsToTheEndOfAContainer) {
  Lexer lexer(R"({"a":[1,[2,{"b":"]"}],3],"c":4})");
  lexer.next();
  lexer.next();
  ASSERT_EQ(lexer.next(), Token::kBeginArray);
  lexer.skip();
  EXPECT_EQ(lexer.next(), Token::kEndArray);
  EXPECT_EQ(lexer.next(), Token::kKey);
  EXPECT_EQ(lexer.raw(), "c");
}

TEST(Lexer, CutsNothingWhenTextComesInPieces) {
  const std::string text =
      R"({"k\u00e9y" : [ -12.50e-7 , true, null,"a\ud83d\ude00b", 0, {"x":false} ] , "z":"" })";
  const auto whole = tokens(text);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); second += 3) {
      Lexer lexer;
      std::vector<std::string> all;
      for (const auto& [begin, end] :
           {std::pair{std::size_t{0}, first}, {first, second}, {second, text.size()}}) {
        lexer.feed(std::string_view(text).substr(begin, end - begin));
        for (auto& token : tokens(lexer)) {
          all.push_back(std::move(token));
        }
      }
      lexer.finish();
      EXPECT_EQ(lexer.next(), Token::kEnd);
      ASSERT_EQ(all, whole) << first << " " << second;
    }
  }
}

TEST(Lexer, HoldsABoundedPartOfAStraddlingToken) {
  const std::string text = '"' + std::string(3 * Lexer::kStraddleBytesMax, 'x') + '"';
  Lexer lexer;
  lexer.feed(std::string_view(text).substr(0, 10));
  EXPECT_EQ(lexer.next(), Token::kNeedMore);
  lexer.feed(std::string_view(text).substr(10));
  EXPECT_EQ(lexer.next(), Token::kString);
  EXPECT_TRUE(lexer.truncated());
  EXPECT_EQ(lexer.raw(), std::string(Lexer::kStraddleBytesMax, 'x'));
  EXPECT_EQ(lexer.end(), text.size());
}

TEST(Unescape, GivesWhatIsMeant) {
  EXPECT_EQ(unescape(R"(_hev\u006cayer)"), "_hevlayer");
  EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"(\u00e9\u20ac\uD83D\uDE00x)"), "é€😀x");
  EXPECT_EQ(unescape(R"(cut\u00)"), "cut");
  EXPECT_EQ(unescape(R"(cut\ud83d\u)"), "cut");
  EXPECT_EQ(unescape("cut\\"), "cut");
}

}  // namespace
}  // namespace layer::json
