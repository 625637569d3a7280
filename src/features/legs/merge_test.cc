// Orders, merging, and what is cut out of answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "core/random.h"
#include "features/legs/answer_lists.h"
#include "features/legs/answer_totals.h"
#include "features/legs/leg_body.h"
#include "features/legs/list_merge.h"
#include "features/legs/shard_plan.h"

namespace layer::features::legs {
namespace {

using Kind = RankOrder::Kind;

TEST(RankOrderTest, IsToldFromTheRanking) {
  EXPECT_EQ(rank_order_of(R"(["v","ANN",[1,2]])").kind, Kind::kDistance);
  EXPECT_EQ(rank_order_of(R"(["v" , "kNN" , "AACAPw=="])").kind, Kind::kDistance);
  EXPECT_EQ(rank_order_of(R"(["s","SparseKNN",{"a":1}])").kind, Kind::kScore);
  EXPECT_EQ(rank_order_of(R"(["t","BM25","asc"])").kind, Kind::kScore);
  EXPECT_EQ(rank_order_of(R"(["Sum",[["t","BM25","a"],["t","BM25","b"]]])").kind, Kind::kScore);
  EXPECT_EQ(rank_order_of(R"(["Attribute","asc"])").kind, Kind::kScore);
  EXPECT_EQ(rank_order_of(R"(["a","Eq",1])").kind, Kind::kScore);
  const RankOrder one = rank_order_of(R"(["a","desc"])");
  EXPECT_EQ(one.kind, Kind::kAttributes);
  EXPECT_EQ(one.clauses, (std::vector<OrderClause>{{"a", true}}));
  const RankOrder two = rank_order_of(R"([["a","asc"],["id","desc"]])");
  EXPECT_EQ(two.clauses, (std::vector<OrderClause>{{"a", false}, {"id", true}}));
  EXPECT_EQ(two.needed(), std::vector<std::string>{"a"});
}

TEST(RankOrderTest, CountsThePermitsOfTheStore) {
  EXPECT_EQ(rank_order_of(R"(["v","ANN",[1]])").permits(), 1U);
  EXPECT_EQ(rank_order_of(R"(["v","kNN",[1]])").permits(), 2U);
}

RankedRow row(std::uint64_t id, std::vector<std::string> keys) {
  RankedRow out{.id = id, .text = std::to_string(id)};
  for (const std::string& key : keys) {
    out.keys.push_back(order_value(key));
  }
  return out;
}

std::vector<std::uint64_t> sorted(std::string_view rank_by, std::vector<RankedRow> rows) {
  const RankOrder order = rank_order_of(rank_by);
  std::ranges::sort(
      rows, [&](const RankedRow& a, const RankedRow& b) { return comes_before(order, a, b); });
  std::vector<std::uint64_t> ids;
  for (const RankedRow& one : rows) {
    ids.push_back(std::get<std::uint64_t>(one.id));
  }
  return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(RankOrderTest, PutsNullsFirstAscendingAndLastDescending) {
  const std::vector<RankedRow> rows{row(1, {"3"}), row(2, {"null"}), row(3, {"-7"}),
                                    row(4, {""}),  row(5, {"3"}),    row(6, {"2.5"})};
  EXPECT_EQ(sorted(R"(["a","asc"])", rows), (Ids{2, 4, 3, 6, 1, 5}));
  EXPECT_EQ(sorted(R"(["a","desc"])", rows), (Ids{1, 5, 6, 3, 2, 4}));
}

TEST(RankOrderTest, ComparesIntegersExactlyAndTextsByBytes) {
  EXPECT_EQ(
      sorted(R"(["a","asc"])", {row(1, {"18446744073709551615"}), row(2, {"9223372036854775807"}),
                                row(3, {"9007199254740993"}), row(4, {"9007199254740992"})}),
      (Ids{4, 3, 2, 1}));
  EXPECT_EQ(sorted(R"(["a","asc"])", {row(1, {R"("é")"}), row(2, {R"("z")"}), row(3, {R"("Z")"}),
                                      row(4, {R"("\u0000")"}), row(5, {R"("")"})}),
            (Ids{5, 4, 3, 2, 1}));
  EXPECT_EQ(sorted(R"(["a","desc"])", {row(1, {"false"}), row(2, {"true"})}), (Ids{2, 1}));
}

TEST(RankOrderTest, TakesClausesInTurn) {
  EXPECT_EQ(sorted(R"([["a","desc"],["b","asc"],["id","desc"]])",
                   {row(1, {"1", "5", ""}), row(2, {"2", "7", ""}), row(3, {"2", "null", ""}),
                    row(4, {"2", "7", ""})}),
            (Ids{3, 4, 2, 1}));
}

TEST(RankOrderTest, DistancesAscendScoresDescendAndIdsDecide) {
  std::vector<RankedRow> rows{
      {.id = 3U, .dist = 0.5}, {.id = 2U, .dist = 0.7}, {.id = 1U, .dist = 0.5}};
  EXPECT_EQ(sorted(R"(["v","ANN",[1]])", rows), (Ids{1, 3, 2}));
  EXPECT_EQ(sorted(R"(["t","BM25","x"])", rows), (Ids{2, 1, 3}));
}

TEST(ListMergeTest, GivesTheFirstRowsOfAllListsWhateverTheyWereSplitInto) {
  const std::uint64_t seed = core::random_u64();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const RankOrder order = rank_order_of(R"(["t","BM25","x"])");
  const auto before = [&](const RankedRow& a, const RankedRow& b) {
    return comes_before(order, a, b);
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<RankedRow> all;
    for (std::uint64_t id = 0; id < random() % 60; ++id) {
      all.push_back({.id = id, .dist = static_cast<double>(random() % 5)});
    }
    std::ranges::sort(all, before);
    const std::size_t limit = 1 + random() % 20;
    std::vector<std::vector<RankedRow>> shards(1 + random() % 6);
    for (const RankedRow& one : all) {
      auto& shard = shards[random() % shards.size()];
      if (shard.size() < limit) {
        shard.push_back(one);
      }
    }
    ListMerge merge(order, limit);
    for (auto& shard : shards) {
      merge.add(std::move(shard));
    }
    const auto merged = std::move(merge).take();
    ASSERT_EQ(merged.size(), std::min(limit, all.size()));
    for (std::size_t i = 0; i < merged.size(); ++i) {
      EXPECT_EQ(merged[i].id, all[i].id);
    }
  }
}

TEST(AnswerListsTest, KeepsRowsAsTheStoreWroteThem) {
  const RankOrder order = rank_order_of(R"([["n","asc"],["m","asc"]])");
  const ListShape shape{.order = &order, .cut = {"m"}};
  const auto read = read_lists(
      R"({"rows":[ {"id":7, "n": 1e2,"m":[1],"x":{"rows":[]}},{"m":2,"id":8}],"billing":{"a": 1},)"
      R"("performance":{}})",
      std::span(&shape, 1), false, std::nullopt);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->lists.size(), 1U);
  const auto& rows = read->lists[0];
  EXPECT_EQ(rows[0].text, R"({"id":7, "n": 1e2,"x":{"rows":[]}})");
  EXPECT_EQ(rows[0].keys[0], OrderValue(100.0));
  EXPECT_EQ(rows[1].text, R"({"id":8})");
  EXPECT_EQ(rows[1].keys, (std::vector<OrderValue>{std::monostate(), std::int64_t{2}}));
  EXPECT_EQ(read->billing, R"({"a": 1})");
}

TEST(AnswerListsTest, ReadsIdsAsTheirKind) {
  const ListShape shape;
  const std::string text =
      R"({"rows":[{"id":"AAAAAAAA-0000-0000-0000-000000000001","$dist":0.25}]})";
  const auto as_text = read_lists(text, std::span(&shape, 1), false, std::nullopt);
  ASSERT_TRUE(as_text);
  EXPECT_TRUE(std::holds_alternative<std::string>(as_text->lists[0][0].id));
  EXPECT_EQ(as_text->lists[0][0].dist, 0.25);
  const auto as_uuid = read_lists(text, std::span(&shape, 1), false, wire::IdType::kUuid);
  ASSERT_TRUE(as_uuid);
  EXPECT_EQ(wire::to_string(as_uuid->lists[0][0].id), "aaaaaaaa-0000-0000-0000-000000000001");
}

TEST(AnswerListsTest, RefusesWhatIsNoAnswer) {
  const std::vector<ListShape> two(2);
  for (const char* text :
       {"", "[]", "{}", R"({"rows":1})", R"({"rows":[{}]})", R"({"rows":[{"id":-1}]})",
        R"({"rows":[{"id":1}]})", R"({"results":[{"rows":[]}]})",
        R"({"results":[{"rows":[]},{"aggregations":{}}]})",
        R"({"results":[{"rows":[]},{"rows":[]},{"rows":[]}]})", R"({"results":[{"rows":[]})"}) {
    const auto read = read_lists(text, two, true, std::nullopt);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kUpstream);
  }
  EXPECT_TRUE(read_lists(R"({"results":[{"rows":[]},{"rows":[]}]})", two, true, std::nullopt));
}

TEST(AnswerTotalsTest, OfOneAnswerEveryByteStays) {
  AnswerTotals totals;
  totals.add(R"({ "b":1 })", R"({"cache_hit_ratio":1})");
  EXPECT_EQ(totals.billing(), R"({ "b":1 })");
  EXPECT_EQ(totals.performance(), R"({"cache_hit_ratio":1})");
}

TEST(AnswerTotalsTest, FoldsEachMemberByItsMeaning) {
  AnswerTotals totals;
  totals.add(R"({"queried":256000000,"returned":12})",
             R"({"cache_hit_ratio":1.0,"cache_temperature":"hot","server_total_ms":3,)"
             R"("query_execution_ms":1,"exhaustive_search_count":4,"approx_namespace_size":10,)"
             R"("last_included_write_at":"2026-01-02T00:00:00Z","other":"a"})");
  totals.add("", "");
  totals.add(R"({"queried":256000000,"returned":18446744073709000000})",
             R"({"cache_hit_ratio":0.5,"cache_temperature":"warm","server_total_ms":2,)"
             R"("query_execution_ms":9,"exhaustive_search_count":5,"approx_namespace_size":11,)"
             R"("last_included_write_at":"2026-01-01T23:59:59.5Z","other":"b"})");
  EXPECT_EQ(totals.billing(), R"({"queried":512000000,"returned":18446744073709000012})");
  EXPECT_EQ(totals.performance(),
            R"({"cache_hit_ratio":0.75,"cache_temperature":"warm","server_total_ms":3,)"
            R"("query_execution_ms":9,"exhaustive_search_count":9,"approx_namespace_size":21,)"
            R"("last_included_write_at":"2026-01-01T23:59:59.5Z","other":"a"})");
}

TEST(ProjectionTest, AsksForWhatRowsAreComparedBy) {
  const std::vector<std::string> needed{"a", "b"};
  const auto none = projection_of({}, needed);
  EXPECT_EQ(none.members, R"(,"include_attributes":["a","b"])");
  EXPECT_EQ(none.cut, needed);
  const auto some = projection_of({.include_attributes = R"(["b","c"])"}, needed);
  EXPECT_EQ(some.members, R"(,"include_attributes":["b","c","a"])");
  EXPECT_EQ(some.cut, std::vector<std::string>{"a"});
  const auto all = projection_of({.include_attributes = "true"}, needed);
  EXPECT_EQ(all.members, R"(,"include_attributes":true)");
  EXPECT_TRUE(all.cut.empty());
  const auto but = projection_of({.exclude_attributes = R"(["c","b"])"}, needed);
  EXPECT_EQ(but.members, R"(,"exclude_attributes":["c"])");
  EXPECT_EQ(but.cut, std::vector<std::string>{"b"});
  const auto as_written = projection_of({.exclude_attributes = R"([ "c" ])"}, needed);
  EXPECT_EQ(as_written.members, R"(,"exclude_attributes":[ "c" ])");
}

TEST(ShardPlanTest, KnowsWhenAFilterNamesItsIds) {
  EXPECT_EQ(required_ids(R"(["id","Eq",7])"), (std::vector<wire::Id>{7U}));
  EXPECT_EQ(required_ids(R"(["And",[["a","Eq",1],["id","In",[1,2]]]])"),
            (std::vector<wire::Id>{1U, 2U}));
  EXPECT_EQ(required_ids(R"(["id","In",[]])"), (std::vector<wire::Id>{}));
  EXPECT_EQ(required_ids(R"(["id","Eq","x"])"), (std::vector<wire::Id>{std::string("x")}));
  EXPECT_EQ(required_ids(R"(["id","Eq","AAAAAAAA000000000000000000000001"])")->size(), 2U);
  for (const char* open : {"", R"(["id","Gt",7])", R"(["Or",[["id","Eq",7]]])",
                           R"(["Not",["id","Eq",7]])", R"(["id","Eq",7.5])", R"(["id","Eq",null])",
                           R"(["id","In",[1,null]])", R"(["a","Eq",7])"}) {
    EXPECT_FALSE(required_ids(open)) << open;
  }
}

TEST(ShardPlanTest, ReadsWhereTheIdsAreAndShardZero) {
  const auto with = [](std::string filters) { return Leg{.filters = std::move(filters)}; };
  EXPECT_EQ(shards_to_read({with("")}, 3), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(shards_to_read({with(R"(["id","Eq",7])"), with("")}, 2),
            (std::vector<std::uint32_t>{0, 1}));
  const auto seven = shards_to_read({with(R"(["id","Eq",7])")}, 64);
  EXPECT_EQ(seven, shards::shards_of({wire::Id(7U)}, 64));
  EXPECT_EQ(seven.front(), 0U);
  EXPECT_LE(seven.size(), 2U);
  EXPECT_EQ(shards_to_read({with(R"(["id","In",[]])")}, 64), std::vector<std::uint32_t>{0});
}

}  // namespace
}  // namespace layer::features::legs
