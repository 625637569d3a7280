// Filters over single rows.
#include "features/row_filter/row_filter.h"

#include <gtest/gtest.h>

#include "features/row_filter/store_schema.h"

namespace layer::features::row_filter {
namespace {

wire::Schema schema() {
  return *parse_store_schema(
      R"({"schema":{"id":{"type":"uint"},"n":{"type":"int","filterable":true},"s":"string",)"
      R"("tags":{"type":"[]string"},"f":{"type":"float"},"at":{"type":"datetime"},)"
      R"("b":{"type":"bool"},"u":{"type":"uuid"},"nums":{"type":"[]int"},)"
      R"("text":{"type":"string","filterable":false},"vector":{"type":"[2]f32"}}})");
}

constexpr const char* kFull =
    R"({"n":5,"s":"red","tags":["a","b"],"f":1.5,"at":"2024-03-02T00:00:00Z","b":true,)"
    R"("u":"6d1b7e14-0000-4000-8000-000000000001","nums":[1,9],"text":"x"})";

std::optional<bool> match(std::string_view filter, std::string_view row = kFull,
                          std::uint64_t id = 7) {
  const auto made = RowFilter::make(filter, schema());
  EXPECT_TRUE(made) << filter;
  return made ? made->matches(wire::Id(id), row) : std::nullopt;
}

TEST(RowFilterTest, ComparesByDeclaredType) {
  for (const char* filter :
       {R"(["n","Eq",5])", R"(["n","Lt",6])", R"(["n","Gte",5])", R"(["s","In",["blue","red"]])",
        R"(["s","NotEq","blue"])", R"(["f","Gt",1])", R"(["b","Eq",true])",
        R"(["at","Lt","2024-03-03"])", R"(["u","Eq","6D1B7E14-0000-4000-8000-000000000001"])",
        R"(["tags","Contains","b"])", R"(["tags","ContainsAny",["z","a"]])",
        R"(["tags","NotContains","z"])", R"(["nums","AnyGt",8])", R"(["id","Lte",7])", ""}) {
    EXPECT_EQ(match(filter), true) << filter;
  }
  for (const char* filter : {R"(["n","Eq",6])", R"(["n","Gt",5])", R"(["s","In",[]])",
                             R"(["tags","NotContainsAny",["b"]])", R"(["nums","AnyLt",1])",
                             R"(["id","Gt",7])", R"(["Not",["n","Eq",5]])"}) {
    EXPECT_EQ(match(filter), false) << filter;
  }
}

TEST(RowFilterTest, TakesWhatIsMissingForNull) {
  constexpr const char* kEmpty = R"({"s":null})";
  for (const char* filter :
       {R"(["n","Eq",null])", R"(["s","Eq",null])", R"(["n","Lt",1])", R"(["n","Lte",1])",
        R"(["n","NotEq",1])", R"(["n","NotIn",[1]])", R"(["tags","NotContains","a"])"}) {
    EXPECT_EQ(match(filter, kEmpty), true) << filter;
  }
  for (const char* filter :
       {R"(["n","NotEq",null])", R"(["n","Gt",1])", R"(["n","Gte",1])", R"(["n","Eq",1])"}) {
    EXPECT_EQ(match(filter, kEmpty), false) << filter;
  }
}

TEST(RowFilterTest, CombinesThem) {
  EXPECT_EQ(match(R"(["And",[]])"), true);
  EXPECT_EQ(match(R"(["And",[["n","Eq",5],["s","Eq","blue"]]])"), false);
  EXPECT_EQ(match(R"(["Or",[["n","Eq",6],["s","Eq","red"]]])"), true);
}

TEST(RowFilterTest, LeavesTheRestToTheStore) {
  for (const char* filter :
       {R"(["s","Glob","r*"])", R"(["text","Eq","x"])", R"(["unknown","Eq",1])",
        R"(["n","Eq","five"])", R"(["vector","Eq",1])", R"(["tags","Eq","a"])",
        R"(["n","Contains",5])", R"(["n","In",5])", R"(["n","Gt",null])", "[", R"(["n"])"}) {
    EXPECT_FALSE(RowFilter::make(filter, schema())) << filter;
  }
}

TEST(RowFilterTest, DoesNotGuessAtRowsOfAnotherShape) {
  EXPECT_EQ(match(R"(["n","Eq",5])", R"({"n":"five"})"), std::nullopt);
  EXPECT_EQ(match(R"(["n","Eq",5])", "no object"), std::nullopt);
}

}  // namespace
}  // namespace layer::features::row_filter
