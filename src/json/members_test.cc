#include "json/members.h"

#include <gtest/gtest.h>

#include <string>

namespace layer::json {
namespace {

std::string message(const Result<void>& result) {
  return result ? "" : result.error().message;
}

TEST(Members, AreTakenOnceAndNullIsAbsent) {
  auto body = Members::parse(R"({"a": "x", "n": 7, "f": true, "o": {"b" : 1.5}, "gone": null})");
  ASSERT_TRUE(body);
  std::string text = "before";
  int number = 1;
  bool flag = false;
  std::string object;
  EXPECT_TRUE(body->text("absent", text));
  EXPECT_EQ(text, "before");
  EXPECT_TRUE(body->text("a", text) && body->number("n", number, 1, 7) && body->flag("f", flag));
  EXPECT_TRUE(body->object_text("o", object));
  EXPECT_EQ(text, "x");
  EXPECT_EQ(number, 7);
  EXPECT_TRUE(flag);
  EXPECT_EQ(object, R"({"b":1.5})");
  EXPECT_TRUE(body->end());
  EXPECT_FALSE(body->take("a"));
}

TEST(Members, ErrorsNameTheMember) {
  auto body = Members::parse(R"({"a": 1, "n": 8, "f": "yes", "o": [], "more": 1})");
  ASSERT_TRUE(body);
  std::string text;
  int number = 0;
  bool flag = false;
  EXPECT_EQ(message(body->text("a", text)), "a: expected a string");
  EXPECT_EQ(message(body->number("n", number, 1, 7)), "n: expected an integer from 1 to 7");
  EXPECT_EQ(message(body->flag("f", flag)), "f: expected true or false");
  EXPECT_EQ(message(body->object_text("o", text)), "o: expected a JSON object");
  EXPECT_EQ(message(body->end()), "more: unknown member");
  EXPECT_EQ(Members::parse("[]").error().message, "body: expected a JSON object");
  EXPECT_FALSE(Members::parse("{"));
}

TEST(Members, OfAnObjectWithinNameTheirPath) {
  const auto document = Document::parse(R"({"n": -1})");
  auto members = Members::of(document->root(), "items[3].");
  ASSERT_TRUE(members);
  int number = 0;
  EXPECT_EQ(message(members->number("n", number, 0, 9)),
            "items[3].n: expected an integer from 0 to 9");
  const auto list = Document::parse("[]");
  EXPECT_EQ(Members::of(list->root(), "items[3].").error().message,
            "items[3]: expected a JSON object");
}

}  // namespace
}  // namespace layer::json
