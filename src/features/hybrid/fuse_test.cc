// Lists fused by reciprocal ranks; rows put in order by likeness.
#include "features/hybrid/fuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include <fmt/format.h>

#include "features/hybrid/surface.h"

namespace layer::features::hybrid {
namespace {

using ::testing::ElementsAre;

legs::LegRows list_of(const std::vector<std::uint64_t>& ids) {
  legs::LegRows list;
  for (const std::uint64_t id : ids) {
    list.rows.push_back(
        {.id = id, .dist = 1.0, .text = fmt::format(R"({{"id":{},"$dist":1.0}})", id)});
  }
  return list;
}
std::vector<std::uint64_t> ids_of(const std::vector<FusedRow>& rows) {
  std::vector<std::uint64_t> ids;
  for (const FusedRow& row : rows) {
    ids.push_back(std::get<std::uint64_t>(row.id));
  }
  return ids;
}

TEST(Fusion, AddsReciprocalRanks) {
  const auto fused = fuse({list_of({7, 3}), list_of({3, 9})}, 60);
  ASSERT_THAT(ids_of(fused), ElementsAre(3, 7, 9));
  EXPECT_EQ(fused[0].score, 1.0F / 62.0F + 1.0F / 61.0F);
  EXPECT_EQ(fused[1].score, 1.0F / 61.0F);
  EXPECT_EQ(fused[2].score, 1.0F / 62.0F);
  EXPECT_EQ(fused[0].places[0]->rank, 2U);
  EXPECT_EQ(fused[0].places[1]->rank, 1U);
  EXPECT_FALSE(fused[1].places[1]);
}

TEST(Fusion, BreaksTiesById) {
  EXPECT_THAT(ids_of(fuse({list_of({9}), list_of({2}), list_of({5})}, 60)), ElementsAre(2, 5, 9));
}

TEST(Fusion, OfOneListIsThatList) {
  EXPECT_THAT(ids_of(fuse({list_of({5, 1, 3})}, 0.001)), ElementsAre(5, 1, 3));
  EXPECT_TRUE(fuse({}, 60).empty());
  EXPECT_TRUE(fuse({list_of({}), list_of({})}, 60).empty());
}

TEST(Fusion, TakesAnyConstant) {
  // Beyond single precision ranks weigh nothing, and ids decide.
  EXPECT_THAT(ids_of(fuse({list_of({4, 2}), list_of({1})}, 1e300)), ElementsAre(1, 2, 4));
  EXPECT_THAT(ids_of(fuse({list_of({4, 2}), list_of({1})}, 1e-300)), ElementsAre(1, 4, 2));
}

TEST(Fusion, OfTwoListsDoesNotDependOnTheirOrder) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint64_t> left(40);
    std::ranges::generate(left, [n = 0ULL]() mutable { return n++; });
    auto right = left;
    std::ranges::shuffle(left, random);
    std::ranges::shuffle(right, random);
    left.resize(random() % 40);
    right.resize(random() % 40);
    const auto one = fuse({list_of(left), list_of(right)}, 60);
    const auto other = fuse({list_of(right), list_of(left)}, 60);
    EXPECT_EQ(ids_of(one), ids_of(other));

    std::map<std::uint64_t, float> expected;
    for (const auto& list : {left, right}) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        expected[list[i]] += 1.0F / (60.0F + static_cast<float>(i + 1));
      }
    }
    EXPECT_EQ(one.size(), expected.size());
    for (const FusedRow& row : one) {
      EXPECT_EQ(row.score, expected[std::get<std::uint64_t>(row.id)]);
    }
  }
}

TEST(FusedRows, ShowTheirScoreAndKeepTheAttributesOfTheFirstList) {
  legs::LegRows first;
  first.rows.push_back(
      {.id = 4U, .dist = 2.5, .text = R"({"id":4,"$dist":2.5,"a": [1, 2],"title":"x"})"});
  auto fused = fuse({first, list_of({4})}, 1);
  EXPECT_EQ(print_row(fused[0], {}, "").text, R"({"id":4,"a": [1, 2],"title":"x","$score":1.0})");
  EXPECT_EQ(print_row(fused[0], {}, "title").text, R"({"id":4,"a": [1, 2],"$score":1.0})");
  const auto row = print_row(fused[0], {"bm25", "fuzzy:x"}, "title");
  EXPECT_EQ(row.text,
            R"({"id":4,"a": [1, 2],"$score":1.0,"$fused":{"legs":[{"leg":"bm25","rank":1,)"
            R"("score":2.5},{"leg":"fuzzy:x","rank":1,"score":1.0}]}})");
  EXPECT_EQ(row.dist, 1.0);
}

TEST(FusedRows, TellWhereTheyAreMissing) {
  auto fused = fuse({list_of({}), list_of({8})}, 1);
  EXPECT_EQ(print_row(fused[0], {"a", "b"}, "").text,
            R"({"id":8,"$score":0.5,"$fused":{"legs":[{"leg":"a","rank":null,"score":null},)"
            R"({"leg":"b","rank":1,"score":1.0}]}})");
}

TEST(EditDistance, CountsCharactersThatDiffer) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2U);
  EXPECT_EQ(edit_distance("quikc", "quick"), 2U);  // a swap is two changes
  EXPECT_EQ(edit_distance("müller", "muller"), 1U);
  EXPECT_EQ(edit_distance("東京", "東"), 1U);
}

TEST(EditDistance, IsAMetric) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto word = [&] {
    std::string text(random() % 8, 'a');
    for (char& c : text) {
      c = static_cast<char>('a' + random() % 3);
    }
    return text;
  };
  for (int i = 0; i < 500; ++i) {
    const std::string a = word();
    const std::string b = word();
    const std::string c = word();
    EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
    EXPECT_EQ(edit_distance(a, b) == 0, a == b);
    EXPECT_LE(edit_distance(a, c), edit_distance(a, b) + edit_distance(b, c));
  }
}

std::vector<wire::Id> likeness_order(const std::vector<std::string>& titles,
                                     std::string_view word) {
  legs::LegRows list;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    list.rows.push_back({.id = i, .text = fmt::format(R"({{"id":{},"title":{}}})", i, titles[i])});
  }
  order_by_likeness(list, word, "title");
  std::vector<wire::Id> ids;
  for (const legs::LegRow& row : list.rows) {
    ids.push_back(row.id);
  }
  return ids;
}

TEST(Likeness, PutsTheNearestWordFirst) {
  EXPECT_THAT(
      likeness_order({R"("a quiet house")", R"("Quick fox")", R"(["slow","quack"])"}, "quick"),
      ElementsAre(wire::Id(1U), wire::Id(2U), wire::Id(0U)));
}

TEST(Likeness, PutsWhatIsNoTextLast) {
  const auto order = likeness_order({"7", "null", R"("zzzzzzzzz")", "{}"}, "quick");
  EXPECT_EQ(order.front(), wire::Id(2U));
}

TEST(Likeness, LooksAtTheFirstFifteenWords) {
  std::string late = "\"";
  for (std::size_t i = 0; i < kComparedWordsMax; ++i) {
    late += fmt::format("xxxxxxxx{} ", i);
  }
  EXPECT_EQ(likeness_order({late + "quick\"", R"("quirks")"}, "quick").front(), wire::Id(1U));
}

TEST(Likeness, BreaksTiesTheSameWayWhateverTheOrder) {
  const std::vector<std::string> same(20, R"("quick")");
  legs::LegRows list;
  for (std::size_t i = 0; i < 20; ++i) {
    list.rows.push_back({.id = i, .text = fmt::format(R"({{"id":{},"title":"quick"}})", i)});
  }
  legs::LegRows back = list;
  std::ranges::reverse(back.rows);
  order_by_likeness(list, "quick", "title");
  order_by_likeness(back, "quick", "title");
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(list.rows[i].id, back.rows[i].id);
  }
}

}  // namespace
}  // namespace layer::features::hybrid
