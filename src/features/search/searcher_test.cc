// Searches of a real engine: pages against the whole list, and what is refused.
#include "features/search/searcher_rig.h"

#include <set>

#include "core/random.h"
#include "features/namespaces/slices.h"

namespace layer::features::search {
namespace {

using namespaces::raw_member;
using Searches = SearchRig;

TEST_F(Searches, PagesOfEveryRankingAreTheWholeListInItsOrder) {
  const std::uint64_t seed = core::random_u64();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_rows(90, seed);
  for (const std::string query :
       {R"("rank_by":["id","asc"])", R"("rank_by":["id","desc"])", R"("rank_by":["price","asc"])",
        R"("rank_by":["price","desc"])", R"("rank_by":[["lang","desc"],["price","asc"]])",
        R"("rank_by":[["lang","asc"],["price","desc"],["id","desc"]])",
        R"("rank_by":["title","BM25","red"])", R"("rank_by":["vector","ANN",[3,3]])",
        R"("rank_by":["vector","kNN",[3,3]],"filters":["price","NotEq",2])", R"("vector":[2,5])",
        R"("nearest_to_id":[1,2,3],"exclude_seeds":true)",
        R"("rank_by":["price","asc"],"include_attributes":["lang"])",
        R"("rank_by":["price","desc"],"include_attributes":true)",
        R"("rank_by":["price","desc"],"exclude_attributes":["price","title"])",
        R"("vector":[2,5],"include_attributes":["lang"])",
        R"("vector":[2,5],"include_attributes":true)"}) {
    SCOPED_TRACE(query);
    const auto whole = texts(found(fmt::format(R"({{{},"top_k":500,"cursor":null}})", query)));
    EXPECT_GT(whole.size(), 60U);
    EXPECT_EQ(std::set(whole.begin(), whole.end()).size(), whole.size());
    for (const std::size_t top_k : {1U, 7U, 40U}) {
      EXPECT_EQ(pages_of(query, top_k), whole) << top_k;
    }
  }
}

TEST_F(Searches, AFullAnswerGoesOnBehindItsRows) {
  write_rows(60, 7);
  const std::string query = R"("vector":[2,5],"top_k":)";
  const auto first = found("{" + query + "20}");
  EXPECT_FALSE(first.paged);
  ASSERT_TRUE(first.next_cursor);
  auto all = texts(first);
  std::optional<std::string> cursor = first.next_cursor;
  while (cursor) {
    const auto next = found(fmt::format(R"({{{}15,"cursor":"{}"}})", query, *cursor));
    std::ranges::copy(texts(next), std::back_inserter(all));
    cursor = next.next_cursor;
  }
  EXPECT_EQ(all, texts(found("{" + query + "100}")));
  EXPECT_FALSE(found("{" + query + "100}").next_cursor) << "it is not full";
}

TEST_F(Searches, AWindowThatIsUsedUpIsToldAndEndsTheList) {
  write_rows(30, 7);
  const std::string query = R"({"vector":[2,5],"page_window":10,"top_k":6,"cursor":)";
  const auto first = found(query + "null}");
  EXPECT_TRUE(first.warnings.empty());
  const auto last = found(query + "\"" + first.next_cursor.value() + "\"}");
  EXPECT_EQ(last.rows.size(), 4U);
  EXPECT_FALSE(last.next_cursor);
  EXPECT_EQ(last.warnings, std::vector<std::string_view>{"window_exhausted"});
  EXPECT_NE(print_answer(last).find(R"("next_cursor":null)"), std::string::npos);
}

TEST_F(Searches, AsksTheStoreNoMoreThanItMust) {
  write_rows(60, 7);
  const auto asked = [&](const std::string& body) {
    const int before = store.queries;
    found(body);
    return store.queries - before;
  };
  EXPECT_EQ(asked(R"({"vector":[2,5]})"), 1);
  EXPECT_EQ(asked(R"({"vector":[2,5],"cursor":null})"), 1) << "ids alone";
  EXPECT_EQ(asked(R"({"vector":[2,5],"cursor":null,"include_attributes":["lang"]})"), 2);
  EXPECT_EQ(asked(R"({"vector":[2,5],"cursor":null,"include_attributes":["lang"],"top_k":50,)"
                  R"("page_window":100})"),
            1)
      << "the page is half of the window";
  EXPECT_EQ(asked(R"({"nearest_to_id":[1,2]})"), 2);
  EXPECT_EQ(asked(R"({"rank_by":["price","asc"],"cursor":null,"include_attributes":true})"), 1);
}

TEST_F(Searches, TheMeanOfRowsIsSearchedFor) {
  write(R"({"distance_metric":"euclidean_squared","upsert_rows":[{"id":1,"vector":[0,0]},)"
        R"({"id":2,"vector":[4,2]},{"id":3,"vector":[2,1]},{"id":4,"vector":[9,9]}]})");
  EXPECT_EQ(texts(found(R"({"nearest_to_id":[1,2,"1"],"top_k":1})")),
            texts(found(R"({"vector":[2,1],"top_k":1})")));
  EXPECT_EQ(found(R"({"nearest_to_id":[3],"exclude_seeds":true,"top_k":4})").rows.size(), 3U);
  const auto missing = search(R"({"nearest_to_id":[1,8,9]})");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().fields.front().value, "[8,9]");
}

TEST_F(Searches, VectorsAreNeverInTheRows) {
  write_rows(5, 7);
  const auto named = found(R"({"vector":[1,2],"include_attributes":["vector","price"]})");
  EXPECT_EQ(named.warnings, std::vector<std::string_view>{"vector_attribute_dropped"});
  const auto all = found(R"({"vector":"AACAPwAAAEA=","include_attributes":true})");
  EXPECT_TRUE(all.warnings.empty());
  for (const auto& answer : {named, all}) {
    for (const std::string& row : texts(answer)) {
      EXPECT_TRUE(raw_member(row, "vector").empty()) << row;
      EXPECT_FALSE(raw_member(row, "$dist").empty()) << row;
    }
  }
  EXPECT_EQ(texts(found(R"({"vector":"AACAPwAAAEA="})")), texts(found(R"({"vector":[1,2]})")));
}

TEST_F(Searches, TextsBecomeVectorsOnceARequest) {
  write_rows(20, 7);
  const auto answer = found(R"({"rank_by":["title","ANN",["Embed","abcd"]]})");
  EXPECT_EQ(texts(answer), texts(found(R"({"vector":[4,1]})")));
  EXPECT_EQ(answer.vector_dims, 2U);
  EXPECT_EQ(answer.warnings, std::vector<std::string_view>{"stale_profile"});
  EXPECT_EQ(embedder.texts, 1);
  const auto body = run([&] {
    return searcher.rewrite_queries(
        place,
        R"({"queries":[{"rank_by":["title","ANN",["Embed","ab"]],"top_k":3},{"vector":[1,2]},)"
        R"({"filters":["price","Eq",1],"rank_by":["title","ANN",["Embed","ab"]]},{"a":1}]})",
        async::SteadyClock::now() + 1h);
  });
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(std::get<std::string>(*body),
            R"({"queries":[{"rank_by":["vector","ANN",[2.0,1.0]],"top_k":3},)"
            R"({"rank_by":["vector","ANN",[1,2]],"top_k":10},)"
            R"({"rank_by":["vector","ANN",[2.0,1.0]],"filters":["price","Eq",1],"top_k":10},)"
            R"({"a":1}]})");
  EXPECT_EQ(embedder.texts, 2);
  const auto refused = run([&] {
    return searcher.rewrite_queries(place, R"({"queries":[{"a":1},{"vector":[]}]})",
                                    async::SteadyClock::now() + 1h);
  });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("queries[1].vector:"));
}

TEST_F(Searches, NamesWhatIsWrong) {
  write_rows(3, 7);
  for (const auto& [body, words] : std::vector<std::pair<std::string, std::string>>{
           {R"({"cursor":null})", "rank_by:"},
           {R"({"vector":[1,2],"nearest_to_id":[1]})", "rank_by:"},
           {R"({"vector":[1,2],"rank_by":["id","asc"]})", "rank_by:"},
           {R"({"vector":[]})", "vector:"},
           {R"({"vector":[1,"2"]})", "vector:"},
           {R"({"vector":"AAA"})", "vector:"},
           {R"({"vector":"AADAfwAAAAA="})", "vector:"},
           {R"({"nearest_to_id":[]})", "nearest_to_id:"},
           {R"({"nearest_to_id":1})", "nearest_to_id:"},
           {R"({"nearest_to_id":["x"]})", "nearest_to_id[0]:"},
           {R"({"vector":[1,2],"top_k":0})", "top_k:"},
           {R"({"vector":[1,2],"top_k":10001})", "top_k:"},
           {R"({"vector":[1,2],"limit":{"total":1,"per":{}}})", "limit:"},
           {R"({"vector":[1,2],"top_k":1,"limit":1})", "limit:"},
           {R"({"vector":[1,2],"page_window":0})", "page_window:"},
           {R"({"vector":[1,2],"cursor":7})", "cursor:"},
           {R"({"vector":[1,2],"aggregate_by":{}})", "aggregate_by:"},
           {R"({"vector":[1,2],"include_leg_breakdown":true})", "include_leg_breakdown:"},
           {R"({"vector":[1,2],"exclude_seeds":true})", "exclude_seeds:"},
           {R"({"vector":[1,2],"between":[2,1]})", "between"},
           {R"({"vector":[1,2],"include_attributes":[],"exclude_attributes":[]})",
            "exclude_attributes:"}}) {
    refuses(body, ErrorCode::kValidation, words);
  }
  const auto unpaged = search(R"({"vector":[1,2],"cursor":null})", false);
  ASSERT_FALSE(unpaged);
  EXPECT_EQ(unpaged.error().code, ErrorCode::kValidation);
}

TEST_F(Searches, CursorsOfOtherQueriesAndOldOnesAreRefused) {
  write_rows(30, 7);
  const auto cursor = found(R"({"vector":[1,2],"cursor":null,"top_k":3})").next_cursor.value();
  refuses(fmt::format(R"({{"vector":[1,3],"cursor":"{}"}})", cursor), ErrorCode::kInvalidCursor,
          "another query");
  found(fmt::format(R"({{"vector":[1,2],"cursor":"{}","top_k":5}})", cursor));
  refuses(R"({"vector":[1,2],"cursor":"?"})", ErrorCode::kInvalidCursor, "no cursor");
  clock.advance(25h);
  refuses(fmt::format(R"({{"vector":[1,2],"cursor":"{}"}})", cursor), ErrorCode::kInvalidCursor,
          "24 hours");
}

TEST_F(Searches, TheStoresRefusalIsRelayedAsItCame) {
  for (const char* body : {R"({"vector":[1,2]})", R"({"nearest_to_id":[1]})"}) {
    const auto outcome = search(body);
    ASSERT_TRUE(outcome);
    ASSERT_TRUE(std::holds_alternative<pages::StoreReply>(*outcome));
    EXPECT_EQ(std::get<pages::StoreReply>(*outcome).status, 404);
  }
  write_rows(3, 7);
  const auto outcome = search(R"({"vector":[1,2,3]})");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<pages::StoreReply>(*outcome).status, 400);
}

TEST_F(Searches, PagesKeepTheCutOfTheFirst) {
  write_rows(30, 7);
  place.read.stamped = true;
  const auto ask = [&](std::string body, freshness::ReadCut cut) {
    return run([&] {
      return searcher.search(place, {.body = body, .cut = cut}, async::SteadyClock::now() + 1h);
    });
  };
  const auto first = std::get<SearchAnswer>(
      *ask(R"({"vector":[1,2],"cursor":null,"top_k":3})", {.stable = true, .watermark_ms = 5}));
  const auto second = std::get<SearchAnswer>(
      *ask(fmt::format(R"({{"vector":[1,2],"cursor":"{}","top_k":3}})", *first.next_cursor), {}));
  EXPECT_TRUE(second.cut.stable);
  EXPECT_EQ(second.cut.watermark_ms, 5);
}

TEST_F(Searches, TellsWhatItWouldAsk) {
  write_rows(3, 7);
  const auto plan = run([&] {
    return searcher.explain(place, {.body = R"({"vector":[1,2],"cursor":null,"top_k":3})"},
                            async::SteadyClock::now() + 1h);
  });
  ASSERT_TRUE(plan);
  EXPECT_EQ(std::get<std::string>(*plan),
            R"({"route":"vector","legs":[{"label":"vector","rank_by":["vector","ANN",[1,2]],)"
            R"("filters":null,"shards":1,"top_k":100}],"cut":{"level":"strong","until_ms":null},)"
            R"("source":"origin","upstream_calls":1})");
}

}  // namespace
}  // namespace layer::features::search
