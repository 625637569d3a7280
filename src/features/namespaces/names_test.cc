#include "features/namespaces/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace layer::features::namespaces {
namespace {

using testing::ElementsAre;
using testing::Field;

TEST(ParseNames, ReadsNamesAndCursor) {
  const auto page = parse_names(
      R"({"namespaces":[{"id":"a"},{"x":[1,{}],"id":"b\u002dc"}],"next_cursor":"n\/2"})");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->names,
              ElementsAre(Field(&ListedName::name, "a"), Field(&ListedName::name, "b-c")));
  EXPECT_EQ(page->next_cursor, "n/2");
}

TEST(ParseNames, TakesANullCursorForTheEnd) {
  const auto page = parse_names(R"({"next_cursor":null,"namespaces":[]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next_cursor, "");
}

TEST(ParseNames, RefusesABodyThatIsNoList) {
  for (const char* body : {"", "[]", "{}", R"({"namespaces":{}})", R"({"namespaces":[)"}) {
    const auto page = parse_names(body);
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().code, ErrorCode::kUpstream) << body;
  }
}

TEST(FilterNames, CutsEntriesAndLeavesEveryOtherByte) {
  const std::string body =
      "{ \"namespaces\" : [ {\"id\":\"a\"} , {\"id\": \"b\"},{\"id\":\"c\" } ] ,\n"
      " \"next_cursor\":\"b\" }";
  const auto keep = [](std::string_view name) { return name != "a"; };
  EXPECT_EQ(filter_names(body, keep).value(),
            "{ \"namespaces\" : [{\"id\": \"b\"},{\"id\":\"c\" }] ,\n \"next_cursor\":\"b\" }");
  EXPECT_EQ(filter_names(body, [](std::string_view) { return true; }).value(), body);
  EXPECT_EQ(filter_names(body, [](std::string_view) { return false; }).value(),
            "{ \"namespaces\" : [] ,\n \"next_cursor\":\"b\" }");
}

TEST(FilterNames, ShowsNothingOfABodyItCannotRead) {
  EXPECT_FALSE(filter_names("secret names", [](std::string_view) { return true; }));
}

}  // namespace
}  // namespace layer::features::namespaces
