#include "json/splice.h"

#include <gtest/gtest.h>

namespace layer::json {
namespace {

std::optional<std::string> cut(std::string_view text,
                               std::optional<std::string_view> within = std::nullopt) {
  return cut_members(text, [](std::string_view name) { return name.starts_with("x"); }, within);
}

TEST(CutMembers, TakesTheCommaThatGoesWithThem) {
  EXPECT_EQ(cut(R"({"x":1})"), "{}");
  EXPECT_EQ(cut(R"({"x":1,"a":2})"), R"({"a":2})");
  EXPECT_EQ(cut(R"({"a":2,"x":1})"), R"({"a":2})");
  EXPECT_EQ(cut(R"({"a":1,"x":[1,{"x":2}],"b":3})"), R"({"a":1,"b":3})");
  EXPECT_EQ(cut(R"({"x1":1,"x2":2,"a":3,"x3":4,"x4":5})"), R"({"a":3})");
  EXPECT_EQ(cut(R"({ "a" : 1 , "x" : 2 , "b" : 3 })"), R"({ "a" : 1 , "b" : 3 })");
}

TEST(CutMembers, KnowsEscapedNames) {
  EXPECT_EQ(cut(R"({"a":1,"\u0078":2})"), R"({"a":1})");
}

TEST(CutMembers, LeavesInnerObjectsAlone) {
  EXPECT_EQ(cut(R"({"a":{"x":1}})"), std::nullopt);
}

TEST(CutMembers, LooksIntoTheNamedMember) {
  EXPECT_EQ(cut(R"({"x":0,"schema":{"a":{"x":1},"x":2},"n":18446744073709551615})", "schema"),
            R"({"x":0,"schema":{"a":{"x":1}},"n":18446744073709551615})");
  EXPECT_EQ(cut(R"({"schema":[{"x":1}]})", "schema"), std::nullopt);
}

TEST(CutMembers, DoesNothingToWhatIsNoObject) {
  for (const char* text : {"", "[]", "3", R"({"x":1)", R"({"x":1}})", R"({"x":})"}) {
    EXPECT_EQ(cut(text), std::nullopt) << text;
  }
}

TEST(ReplaceRanges, ReplacesInOrder) {
  const Replacement replacements[] = {{.begin = 0, .end = 1, .text = "X"},
                                      {.begin = 2, .end = 2, .text = "+"},
                                      {.begin = 3, .end = 4}};
  EXPECT_EQ(replace_ranges("abcd", replacements), "Xb+c");
}

}  // namespace
}  // namespace layer::json
