// Queries that rank by words, of a real engine: misspelled, routed, paged.
#include <gmock/gmock.h>

#include <set>

#include "features/namespaces/slices.h"
#include "features/search/searcher_rig.h"

namespace layer::features::search {
namespace {

using namespaces::raw_member;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class WordQueries : public SearchRig {
 protected:
  // `fuzzy`: the field finds misspelled words.
  void write_films(bool fuzzy = true) {
    const std::vector<std::string> titles{
        "The Quick Fox",  "A Quiet House",    "Quick and Quiet", "The House of Foxes",
        "Slow Tortoise",  "Fox Hunt",         "Running Wild",    "Wild Geese",
        "The Wild Bunch", "Houses on a Hill", "Quickest of All", "Night Train"};
    std::string rows;
    for (std::size_t i = 0; i < titles.size(); ++i) {
      rows += fmt::format(R"({}{{"id":{},"vector":[{},1],"title":"{}","year":{}}})",
                          i == 0 ? "" : ",", i, i, titles[i], 2000 + i);
    }
    write(fmt::format(
        R"({{"distance_metric":"euclidean_squared","schema":{{"year":"int","plain":{{"type":)"
        R"("string","full_text_search":true}},"title":{{"type":"string","full_text_search":true,)"
        R"("fuzzy":{}}}}},"upsert_rows":[{}]}})",
        fuzzy, rows));
  }
  // Many rows of few words.
  void write_many(int count) {
    const char* const words[] = {"quick", "brown", "foxes", "jumping", "lazily", "doggish"};
    std::mt19937_64 random(7);
    std::string rows;
    for (int id = 0; id < count; ++id) {
      std::string title;
      for (int i = 0; i < 3; ++i) {
        title += fmt::format("{} ", words[random() % 6]);
      }
      rows += fmt::format(R"({}{{"id":{},"vector":[{},{}],"title":"{}"}})", id == 0 ? "" : ",", id,
                          random() % 9, random() % 9, title);
    }
    write(R"({"distance_metric":"euclidean_squared","schema":{"title":{"type":"string",)"
          R"("full_text_search":true,"fuzzy":true}},"upsert_rows":[)" +
          rows + "]}");
  }
  static std::vector<std::uint64_t> ids(const SearchAnswer& answer) {
    std::vector<std::uint64_t> out;
    for (const legs::LegRow& row : answer.rows) {
      out.push_back(std::get<std::uint64_t>(row.id));
    }
    return out;
  }
  int asked(const std::string& body) {
    const int before = store.queries;
    found(body);
    return store.queries - before;
  }
};

std::string hybrid(std::string_view text, std::string_view more = {}) {
  return fmt::format(R"({{"rank_by":["title","HybridText","{}"]{}}})", text, more);
}
std::string automatic(std::string_view text, std::string_view options = {},
                      std::string_view more = {}) {
  return fmt::format(R"({{"rank_by":["title","Auto","{}",{{{}}}]{}}})", text, options, more);
}

TEST_F(WordQueries, FindWordsAsTheyStand) {
  write_films();
  const auto answer = found(hybrid("quick fox"));
  EXPECT_EQ(answer.kind, RankKind::kHybrid);
  EXPECT_EQ(ids(answer).front(), 0U);
  EXPECT_THAT(raw_member(answer.hybrid, "tokens"), R"(["quick","fox"])");
  EXPECT_THAT(print_answer(answer), HasSubstr(R"("next_cursor":null)"));
  EXPECT_THAT(texts(answer)[0], HasSubstr("$score"));
  EXPECT_THAT(texts(answer)[0], Not(HasSubstr("$dist")));
}

TEST_F(WordQueries, SurfaceWordsThatAreMisspelled) {
  write_films();
  const auto one = found(hybrid("tortose", R"(,"include_attributes":["year"])"));
  ASSERT_THAT(ids(one), ElementsAre(4));
  EXPECT_EQ(raw_member(one.hybrid, "surfaced"), "true");
  EXPECT_THAT(texts(one)[0], HasSubstr(R"("year":2004)"));
  EXPECT_THAT(texts(one)[0], Not(HasSubstr("title")));
  EXPECT_THAT(found(hybrid("tortose", "")).rows, SizeIs(1));
  EXPECT_THAT(found(R"({"rank_by":["title","HybridText","tortose",{"fuzziness":0}]})").rows,
              IsEmpty());
  EXPECT_THAT(found(hybrid("zzzzzzzz")).rows, IsEmpty());
}

TEST_F(WordQueries, AreOneCallOfTheStore) {
  write_films();
  EXPECT_EQ(asked(hybrid("quick wild fox house", R"(,"include_attributes":true)")), 1);
  EXPECT_EQ(asked(hybrid("tortose")), 2) << "the second finds what is like it";
  EXPECT_EQ(asked(automatic("quick fox")), 1);
  EXPECT_EQ(asked(automatic("the quick fox", R"("vector":[1,1])")), 1);
  EXPECT_EQ(asked(automatic("the quick fox")), 0) << "there is no vector";
}

TEST_F(WordQueries, KeepToTheFilter) {
  write_films();
  const auto answer = found(hybrid("wild", R"(,"filters":["year","Gt",2006])"));
  EXPECT_THAT(ids(answer), ElementsAre(7, 8));
}

TEST_F(WordQueries, PagesAreTheWholeListInItsOrder) {
  write_many(120);
  for (const std::string query :
       {R"("rank_by":["title","HybridText","quick brown foxes",{"per_leg_limit":100}])",
        R"("rank_by":["title","HybridText","quicck dogish"])",
        R"("rank_by":["title","HybridText","jumping quicck"],"include_attributes":true)",
        R"("rank_by":["title","HybridText","lazily doggish"],"include_leg_breakdown":true)",
        R"("rank_by":["title","Auto","quick foxes"])",
        R"("rank_by":["title","Auto","the quick brown foxes",{"vector":[3,3]}])",
        R"("rank_by":["title","Auto","quick",{"route":"semantic","vector":[3,3]}])"}) {
    SCOPED_TRACE(query);
    const auto first = pages_of(query, 40);
    EXPECT_THAT(first, SizeIs(Gt(40U)));
    EXPECT_EQ(std::set(first.begin(), first.end()).size(), first.size());
  }
  // The window of the first page holds for all of them, whatever their size.
  const std::string query =
      R"("rank_by":["title","HybridText","quick brown",{"per_leg_limit":60}])";
  const auto whole = pages_of(query, 200);
  for (const std::size_t top_k : {1U, 7U, 40U}) {
    EXPECT_EQ(pages_of(query, top_k), whole) << top_k;
  }
}

TEST_F(WordQueries, GoOnWithoutHavingAskedForPages) {
  write_many(60);
  const auto first = found(hybrid("quick", R"(,"top_k":5)"));
  ASSERT_TRUE(first.next_cursor);
  const auto second =
      found(hybrid("quick", fmt::format(R"(,"top_k":9,"cursor":"{}")", *first.next_cursor)));
  auto both = ids(first);
  std::ranges::copy(ids(second), std::back_inserter(both));
  const auto whole = ids(found(hybrid("quick", R"(,"top_k":14)")));
  EXPECT_EQ(both, whole);
}

TEST_F(WordQueries, TellThatEveryListWasFull) {
  write_many(60);
  const auto answer =
      found(R"({"rank_by":["title","HybridText","quick",{"per_leg_limit":4}],"top_k":10})");
  EXPECT_FALSE(answer.next_cursor);
  EXPECT_THAT(answer.warnings, ElementsAre("window_exhausted"));
}

TEST_F(WordQueries, ShowWhereRowsStoodInEachList) {
  write_films();
  const auto answer = found(hybrid("quick fox", R"(,"include_leg_breakdown":true)"));
  EXPECT_THAT(texts(answer)[0], HasSubstr(R"({"leg":"bm25","rank":1,)"));
  EXPECT_THAT(texts(answer)[0], HasSubstr(R"({"leg":"fuzzy:fox","rank":1,)"));
}

TEST_F(WordQueries, GoWithoutMisspellingsWhereTheFieldHasNone) {
  write_films(false);
  const auto answer = found(hybrid("quick tortose"));
  EXPECT_THAT(answer.warnings, ElementsAre("fuzzy_unsupported"));
  EXPECT_EQ(raw_member(answer.hybrid, "fuzzy"), R"("unsupported")");
  EXPECT_THAT(ids(answer), ElementsAre(0, 2));
}

TEST_F(WordQueries, ReadTheSchemaAgainWhereTheStoreContradictsIt) {
  write_films();
  found(hybrid("quick"));  // the schema is known now
  write(R"({"schema":{"title":{"type":"string","fuzzy":false,"full_text_search":true}}})");
  EXPECT_EQ(asked(hybrid("quick")), 2) << "with misspellings, then without";
  EXPECT_EQ(asked(hybrid("quick")), 1);
}

TEST_F(WordQueries, NeverShowVectors) {
  write_films();
  const auto answer = found(hybrid("quick", R"(,"include_attributes":["vector","year"])"));
  EXPECT_THAT(answer.warnings, ElementsAre("vector_attribute_dropped"));
  for (const std::string& row : texts(found(hybrid("quick", R"(,"include_attributes":true)")))) {
    EXPECT_THAT(row, Not(HasSubstr("\"vector\"")));
    EXPECT_THAT(row, HasSubstr("\"title\""));
  }
}

TEST_F(WordQueries, AreRoutedByTheirLength) {
  write_films();
  const auto routing = [&](const std::string& body) { return found(body).routing; };
  EXPECT_EQ(routing(automatic("quick fox")),
            R"({"route":"hybrid_text","policy":"v1","tokens":2,"executed":true})");
  EXPECT_EQ(routing(automatic("the quick fox", R"("vector":[1,1])")),
            R"({"route":"fused","policy":"v1","tokens":3,"executed":true})");
  EXPECT_EQ(routing(automatic("one two three four five six seven eight", R"("vector":[1,1])")),
            R"({"route":"semantic","policy":"v1","tokens":8,"executed":true})");
  EXPECT_EQ(routing(automatic("fox", R"("route":"fused","vector":[1,1])")),
            R"({"route":"fused","policy":"forced","tokens":1,"executed":true})");
}

TEST_F(WordQueries, AreDeferredWhereTheRouteLacksAVector) {
  write_films();
  const auto answer = found(automatic("the quick fox"));
  EXPECT_EQ(print_answer(answer),
            R"({"rows":[],"routing":{"route":"fused","policy":"v1","tokens":3,"executed":false},)"
            R"("next_cursor":null})");
  refuses(automatic("fox", R"("route":"semantic")"), ErrorCode::kValidation, "rank_by.vector:");
}

TEST_F(WordQueries, OfTheFusedRouteJoinWordsAndMeaning) {
  write_films();
  const auto answer =
      found(automatic("the wild fox", R"("vector":[6,1])", R"(,"include_leg_breakdown":true)"));
  EXPECT_EQ(ids(answer).front(), 6U) << "near, and wild";
  EXPECT_THAT(texts(answer)[0], HasSubstr(R"([{"leg":"semantic","rank":1,)"));
  EXPECT_THAT(answer.hybrid, HasSubstr(R"("tokens":["wild","fox"])"));
  EXPECT_EQ(raw_member(answer.hybrid, "legs"), "4");
}

TEST_F(WordQueries, OfTheRouteOfMeaningAreVectorQueries) {
  write_films();
  const auto answer = found(automatic("fox", R"("route":"semantic","vector":[6,1])"));
  EXPECT_EQ(answer.kind, RankKind::kVector);
  EXPECT_EQ(texts(answer), texts(found(R"({"vector":[6,1]})")));
  EXPECT_TRUE(answer.next_cursor);
  EXPECT_THAT(answer.hybrid, IsEmpty());
}

TEST_F(WordQueries, EmbedTheirTextOnlyWhereTheRouteNeedsIt) {
  write_films();
  found(automatic("quick fox", R"("vector":["Embed","abc"])"));
  EXPECT_EQ(embedder.texts, 0);
  const auto answer = found(automatic("the quick fox", R"("vector":["Embed","abc"])"));
  EXPECT_EQ(embedder.texts, 1);
  EXPECT_EQ(ids(answer), ids(found(automatic("the quick fox", R"("vector":[3,1])"))));
  EXPECT_THAT(answer.warnings, ElementsAre("stale_profile"));
  found(automatic("the quick fox", R"("vector":["Embed","abc",{"field":"title","model":"m"}])"));
  EXPECT_EQ(embedder.texts, 2);
}

TEST_F(WordQueries, NameWhatIsWrong) {
  write_films();
  for (const auto& [body, words] : std::vector<std::pair<std::string, std::string>>{
           {hybrid(""), "rank_by:"},
           {hybrid("?"), "rank_by:"},
           {hybrid("fox", R"(,"vector":[1,2])"), "rank_by:"},
           {hybrid("fox", R"(,"nearest_to_id":[1])"), "rank_by:"},
           {hybrid("fox", R"(,"page_window":5)"), "page_window:"},
           {hybrid("fox", R"(,"top_k":0)"), "top_k:"},
           {hybrid("fox", R"(,"offset":1)"), "offset:"},
           {hybrid("fox", R"(,"vector_attribute":"v")"), "vector_attribute:"},
           {R"({"rank_by":["title","HybridText","fox",{"x":1}]})", "rank_by.x:"},
           {R"({"rank_by":["title","HybridText",["fox"]]})", "rank_by:"},
           {automatic("fox", R"("partial":true)"), "rank_by.partial:"},
           {automatic("fox", R"("route":"fused","vector":[])"), "rank_by.vector:"},
           {automatic("fox", R"("route":"fused","vector":["Embed"])"), "rank_by.vector"}}) {
    refuses(body, ErrorCode::kValidation, words);
  }
  const auto cursor = found(hybrid("quick", R"(,"top_k":1)")).next_cursor.value();
  refuses(hybrid("fox", fmt::format(R"(,"cursor":"{}")", cursor)), ErrorCode::kInvalidCursor,
          "another query");
}

TEST_F(WordQueries, RelayTheStoresRefusal) {
  write_films();
  const auto outcome = search(R"({"rank_by":["year","HybridText","fox"]})");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<pages::StoreReply>(*outcome).status, 400);
}

TEST_F(WordQueries, TellWhatTheyWouldAsk) {
  write_films();
  const auto plan = [&](const std::string& body) {
    auto outcome = run(
        [&] { return searcher.explain(place, {.body = body}, async::SteadyClock::now() + 1h); });
    EXPECT_TRUE(outcome) << outcome.error().message;
    return std::get<std::string>(*outcome);
  };
  const std::string words = plan(hybrid("fox", R"(,"top_k":3)"));
  EXPECT_THAT(words, HasSubstr(R"({"route":"hybrid_text","legs":[{"label":"bm25","rank_by":)"
                               R"(["title","BM25","fox"],"filters":null,"shards":1,"top_k":50},)"
                               R"({"label":"fuzzy:fox")"));
  EXPECT_THAT(words, HasSubstr(R"("upstream_calls":1})"));
  EXPECT_THAT(plan(automatic("the quick fox", R"("vector":[1,1])")),
              HasSubstr(R"({"route":"fused","legs":[{"label":"semantic","rank_by":)"
                        R"(["vector","ANN",[1,1]])"));
  EXPECT_THAT(plan(automatic("the quick fox")), HasSubstr(R"({"route":"fused","legs":[],"cut":)"));
}

TEST_F(WordQueries, AreCounted) {
  write_films();
  found(hybrid("the quick fox"));
  found(automatic("the quick fox"));
  search(R"({"rank_by":["year","HybridText","fox"]})");
  const std::string counted = metrics.print();
  EXPECT_THAT(counted, HasSubstr(R"(hevlayer_hybrid_text_queries_total{namespace="docs",)"
                                 R"(store_kind="embedded",status="ok"} 1)"));
  EXPECT_THAT(counted, HasSubstr(R"(status="tpuf_error"} 1)"));
  EXPECT_THAT(counted, HasSubstr(R"(hevlayer_hybrid_text_tokens_sum{namespace="docs",)"
                                 R"(store_kind="embedded"} 2)"));
  EXPECT_THAT(counted, HasSubstr(R"(hevlayer_query_router_decisions_total{namespace="docs",)"
                                 R"(store_kind="embedded",route="fused",executed="false"} 1)"));
}

}  // namespace
}  // namespace layer::features::search
