// Every figure below is computed by hand from the records beside it.
#include <gtest/gtest.h>

#include <string>

#include "features/insights/print.h"
#include "features/insights/query_words.h"
#include "features/insights/tally.h"

namespace layer::features::insights {
namespace {

history::Stored query(std::int64_t at, const std::string& id, const std::string& words,
                      const std::string& ids, double ms = 1, const std::string& more = "") {
  const std::string json = R"({"query_id":")" + id + R"(","raw_query":")" + words +
                           R"(","top_result_ids":[)" + ids + R"(],"result_count":)" +
                           (ids.empty() ? "0" : "3") + R"(,"status":200,"duration_ms":)" +
                           std::to_string(ms) + (more.empty() ? "" : "," + more) + "}";
  return {.kind = history::RecordKind::query,
          .timestamp_ns = at * 1'000'000,
          .query_id = id,
          .json = json};
}

history::Stored click(std::int64_t at, const std::string& query_id, const std::string& more) {
  return {.kind = history::RecordKind::click,
          .timestamp_ns = at * 1'000'000,
          .query_id = query_id,
          .json = R"({"action":"click",)" + more + "}"};
}

// Three searches for "red shoes" (one in other letters), one of them without a row; one for "hat".
// q1: clicks at place 2 and then 1; q2: none; q4: a click at place 4 of the event's own.
void add_day(Tally& tally) {
  EXPECT_TRUE(tally.add(click(30, "q1", R"("doc_id":"a")")));
  EXPECT_TRUE(tally.add(click(20, "q1", R"("doc_id":"b")")));
  EXPECT_TRUE(tally.add(
      query(10, "q1", "Red  shoes", R"("a","b","c")", 10, R"("session_id":"s1","tags":["web"])")));
  EXPECT_TRUE(tally.add(
      query(11, "q2", "red shoes ", R"("a","b","c")", 20, R"("session_id":"s2","tags":["web"])")));
  EXPECT_TRUE(tally.add(query(12, "q3", "red shoes", "", 30, R"("session_id":"s2")")));
  EXPECT_TRUE(tally.add(query(13, "q4", "hat", "7", 5)));
  EXPECT_TRUE(tally.add(click(40, "q4", R"("doc_id":7,"position":4)")));
  EXPECT_TRUE(tally.add(click(41, "elsewhere", R"("doc_id":9)")));
}

TEST(Tally, AddsUpADay) {
  Tally tally;
  add_day(tally);
  const Sums sums = tally.finish(10);
  EXPECT_EQ(sums.queries, 4U);
  EXPECT_EQ(sums.sessions, 2U);
  EXPECT_EQ(sums.clicks, 4U);
  // Answered: q1, q2, q4; with a click: q1, q4.
  EXPECT_DOUBLE_EQ(*sums.click_through_rate, 2.0 / 3);
  // First clicks: q1 at 2, q4 at 4.
  EXPECT_DOUBLE_EQ(*sums.mean_reciprocal_click_rank, (0.5 + 0.25) / 2);
  EXPECT_EQ(sums.clicks_by_position, (std::array<std::uint64_t, 10>{1, 1, 0, 1}));
  // Sessions with answers: s1 (clicked), s2 (not), q4's own (clicked).
  EXPECT_DOUBLE_EQ(*sums.abandonment_rate, 1.0 / 3);

  ASSERT_EQ(sums.top_queries.size(), 2U);
  const TopQuery& shoes = sums.top_queries[0];
  EXPECT_EQ(shoes.query, "red shoes");
  EXPECT_EQ(shoes.count, 3U);
  EXPECT_DOUBLE_EQ(*shoes.ctr, 0.5);
  EXPECT_DOUBLE_EQ(*shoes.mrr, 0.5);
  EXPECT_DOUBLE_EQ(*shoes.no_result_rate, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*shoes.p95_ms, 30);
  EXPECT_EQ(sums.top_queries[1].query, "hat");
  EXPECT_DOUBLE_EQ(*sums.top_queries[1].mrr, 0.25);

  ASSERT_EQ(sums.no_result_queries.size(), 1U);
  EXPECT_EQ(sums.no_result_queries[0].query, "red shoes");
  EXPECT_EQ(sums.no_result_queries[0].count, 1U);
  EXPECT_EQ(sums.no_result_queries[0].last_seen_ms, 12);
}

TEST(Tally, OfATagCountsOnlyItsQueriesAndTheirClicks) {
  Tally tally({"web"}, {});
  add_day(tally);
  const Sums sums = tally.finish(10);
  EXPECT_EQ(sums.queries, 2U);
  EXPECT_EQ(sums.clicks, 2U);
  EXPECT_DOUBLE_EQ(*sums.click_through_rate, 0.5);
  EXPECT_EQ(sums.clicks_by_position, (std::array<std::uint64_t, 10>{1, 1}));
}

TEST(Tally, LeavesFailedQueriesAndOtherActionsOutOfRates) {
  Tally tally;
  EXPECT_TRUE(tally.add(query(1, "q1", "a", "1", 1)));
  history::Stored failed = query(2, "q2", "a", "", 900);
  failed.json.replace(failed.json.find("200"), 3, "503");
  EXPECT_TRUE(tally.add(failed));
  history::Stored view = click(3, "q1", R"("doc_id":1)");
  view.json.replace(view.json.find("click"), 5, "view ");
  EXPECT_TRUE(tally.add(view));
  const Sums sums = tally.finish(10);
  EXPECT_EQ(sums.queries, 2U);
  EXPECT_EQ(sums.clicks, 0U);
  EXPECT_DOUBLE_EQ(*sums.click_through_rate, 0);
  EXPECT_FALSE(sums.mean_reciprocal_click_rank);
  EXPECT_DOUBLE_EQ(*sums.top_queries[0].no_result_rate, 0);
  EXPECT_DOUBLE_EQ(*sums.top_queries[0].p95_ms, 1);
  EXPECT_TRUE(sums.no_result_queries.empty());
}

TEST(Tally, SaysWhenALimitIsMet) {
  Tally tally({}, {.queries_max = 2, .words_max = 1});
  EXPECT_TRUE(tally.add(query(1, "q1", "a", "1")));
  EXPECT_FALSE(tally.add(query(2, "q2", "b", "1")));
  EXPECT_FALSE(tally.add(query(3, "q3", "a", "1")));
  EXPECT_EQ(tally.finish(10).queries, 2U);
}

TEST(Tally, PassesOverWhatIsNoRecord) {
  Tally tally;
  EXPECT_TRUE(tally.add({.json = "broken"}));
  EXPECT_TRUE(tally.add({.kind = history::RecordKind::click, .json = "[]"}));
  EXPECT_EQ(tally.finish(10).queries, 0U);
}

TEST(Print, SaysWhyThereIsNothing) {
  const auto printed = [](const Insights& insights) { return print(insights); };
  Insights none{.ns = "n"};
  EXPECT_NE(printed(none).find(R"("empty_because":"no_queries")"), std::string::npos);
  none.history_off = true;
  EXPECT_NE(printed(none).find(R"("empty_because":"history_off")"), std::string::npos);
  none.sums.queries = 1;
  EXPECT_NE(printed(none).find(R"("empty_because":"no_clicks")"), std::string::npos);
  none.sums.clicks = 1;
  EXPECT_EQ(printed(none).find("empty_because"), std::string::npos);
  EXPECT_NE(printed(none).find(R"("click_through_rate":null)"), std::string::npos);
}

TEST(QueryWords, AreTheSameHoweverTheyAreWritten) {
  EXPECT_EQ(query_words("  Red\t\n SHOES "), "red shoes");
  EXPECT_EQ(query_words("ÄPFEL"), "äpfel");
  EXPECT_EQ(query_words("\uFF26oo"), "foo");        // full width
  EXPECT_EQ(query_words("e\u0301"), "\u00E9");      // composed
  EXPECT_EQ(query_words("a\u00A0\u3000b"), "a b");  // spaces of other scripts
  EXPECT_EQ(query_words(""), "");
}

}  // namespace
}  // namespace layer::features::insights
