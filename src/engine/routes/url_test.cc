#include "engine/routes/url.h"

#include <gtest/gtest.h>

namespace layer::engine::routes {
namespace {

TEST(PercentDecode, UndoesEscapesAndNothingElse) {
  EXPECT_EQ(percent_decode("a%2Db%2db"), "a-b-b");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%F0%9F%90%A1"), "🐡");
  for (const char* text : {"%", "a%2", "%zz", "%2", "%-1"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(QueryParameter, FindsItsNameAmongOthers) {
  EXPECT_EQ(query_parameter("prefix=a%2Fb&page_size=5", "prefix"), "a/b");
  EXPECT_EQ(query_parameter("prefix=a&page_size=5", "page_size"), "5");
  EXPECT_EQ(query_parameter("cursor=eyJ9==&x", "cursor"), "eyJ9==");
  EXPECT_EQ(query_parameter("x&cursor", "cursor"), "");
  EXPECT_EQ(query_parameter("xcursor=1", "cursor"), std::nullopt);
  EXPECT_EQ(query_parameter("", "cursor"), std::nullopt);
}

TEST(QueryNumber, RefusesWhatIsNoNumberInPlainText) {
  EXPECT_EQ(query_number("page_size=12", "page_size", 100), 12U);
  EXPECT_EQ(query_number("page_size=", "page_size", 100), 100U);
  EXPECT_EQ(query_number("", "page_size", 100), 100U);
  for (const char* query : {"page_size=ten", "page_size=-1", "page_size=1.5",
                            "page_size=99999999999999999999999", "page_size=1x"}) {
    const auto number = query_number(query, "page_size", 100);
    ASSERT_FALSE(number) << query;
    EXPECT_EQ(number.error().code, ErrorCode::kInvalidUrl);
  }
}

TEST(NamespaceName, AcceptsTheStoresAlphabet) {
  for (const char* segment : {"demo", "a", "..", ".", "A-b_c.9", "%64emo"}) {
    EXPECT_TRUE(namespace_name(segment)) << segment;
  }
  EXPECT_EQ(namespace_name("%64emo"), "demo");
  EXPECT_TRUE(namespace_name(std::string(128, 'x')));
}

TEST(NamespaceName, RefusesOthersInTheStoresWords) {
  const std::string invalid =
      "Invalid URL: Namespace contains invalid characters, must be [A-Za-z0-9-_.]";
  for (const char* segment : {"", "a b", "a%20b", "a%2Fb", "caf%C3%A9", "%", "a%00", "a:b"}) {
    const auto name = namespace_name(segment);
    ASSERT_FALSE(name) << segment;
    EXPECT_EQ(name.error().message, invalid) << segment;
    EXPECT_EQ(name.error().code, ErrorCode::kInvalidUrl);
  }
  const std::string longer(129, 'x');
  EXPECT_EQ(
      namespace_name(longer).error().message,
      "Invalid URL: Namespace `" + longer + "` is too long, limit is currently 128 characters");
}

}  // namespace
}  // namespace layer::engine::routes
