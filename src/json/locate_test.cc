#include "json/locate.h"

#include <gtest/gtest.h>

namespace layer::json {
namespace {

constexpr std::string_view kText = R"({
  "rows": [ {"id": 1}, {"id": "a\"]}", "x": [1, 2]} ],
  "last": true
})";

TEST(Path, ReadsAsItIsWrittenInErrors) {
  const Path root(kText);
  EXPECT_EQ(root.to_string(), "");
  EXPECT_EQ(root.member("rows").item(1).member("id").to_string(), "rows[1].id");
  EXPECT_EQ(root.item(0).item(2).to_string(), "[0][2]");
}

TEST(Locate, NamesTheLineAndTheLastByteRead) {
  const Path root(kText);
  EXPECT_EQ(locate(root.member("rows").item(0).member("id"), Edge::kEnd),
            (Position{.line = 2, .column = 20}));
  EXPECT_EQ(locate(root.member("last"), Edge::kEnd), (Position{.line = 3, .column = 14}));
  EXPECT_EQ(locate(root, Edge::kEnd), (Position{.line = 4, .column = 1}));
}

TEST(Locate, BeginAndNameComeBeforeTheValue) {
  const Path root(kText);
  EXPECT_EQ(locate(root.member("rows"), Edge::kBegin), (Position{.line = 2, .column = 10}));
  EXPECT_EQ(locate(root.member("rows"), Edge::kName), (Position{.line = 2, .column = 8}));
}

TEST(Locate, BracketsAndQuotesInsideStringsDoNotCount) {
  const Path root(kText);
  EXPECT_EQ(locate(root.member("rows").item(1).member("x").item(1), Edge::kEnd),
            (Position{.line = 2, .column = 49}));
}

TEST(Locate, APathThatLeadsNowhereStopsAtTheLastValueReached) {
  const Path root(kText);
  EXPECT_EQ(locate(root.member("last").item(3), Edge::kBegin), (Position{.line = 3, .column = 14}));
  EXPECT_EQ(locate(root.member("none"), Edge::kEnd), (Position{.line = 4, .column = 1}));
}

TEST(Locate, WithoutATextThereIsNoPosition) {
  EXPECT_FALSE(locate(Path().member("a"), Edge::kEnd));
}

}  // namespace
}  // namespace layer::json
