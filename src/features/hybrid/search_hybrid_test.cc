// A hybrid search of a store that a test plays: its calls, and what it does without some of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "features/hybrid/hybrid.h"
#include "testing/fake_store.h"

namespace layer::features::hybrid {
namespace {

using namespace std::chrono_literals;
using layer::testing::answer;
using layer::testing::SeenCall;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// {"results":[{"rows":[...]},...]} of rows with these ids.
std::string results(const std::vector<std::vector<int>>& lists) {
  std::string out = R"({"results":[)";
  for (std::size_t i = 0; i < lists.size(); ++i) {
    out += i == 0 ? R"({"rows":[)" : R"(,{"rows":[)";
    for (std::size_t row = 0; row < lists[i].size(); ++row) {
      out += fmt::format(R"({}{{"id":{},"$dist":{},"title":"w{}"}})", row == 0 ? "" : ",",
                         lists[i][row], 9.5 - static_cast<double>(row), lists[i][row]);
    }
    out += "]}";
  }
  return out + R"(],"billing":{"q":1}})";
}
bool ranks_by_id(const std::string& body) {
  return body.contains(R"("rank_by":["id","asc"])");
}
bool surfaces(const std::string& body) {
  return body.contains(R"(["Sum",[)") || ranks_by_id(body);
}

class HybridSearch : public ::testing::Test {
 protected:
  Result<HybridOutcome> search(HybridAsk ask, std::uint32_t shards = 1) {
    const legs::ReadPlace place{
        .origin = {.store = &store, .physical = "docs", .authorization = {}},
        .ns = "docs",
        .shards = shards};
    return async::run_blocking(loops.at(0), [&] {
      return search_hybrid(reader, place, ask, {}, pool, async::SteadyClock::now() + 1h);
    });
  }
  HybridAnswer found(HybridAsk ask, std::uint32_t shards = 1) {
    auto outcome = search(std::move(ask), shards);
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (!outcome || !std::holds_alternative<HybridAnswer>(*outcome)) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    return std::get<HybridAnswer>(std::move(*outcome));
  }
  void plays(std::function<store::Answer(const std::string&)> reply) {
    store.script([reply](const SeenCall& call) -> async::Task<Result<store::Answer>> {
      co_return reply(call.body);
    });
  }
  static HybridAsk ask_for(std::string text, HybridOptions options = {}) {
    return {
        .expression = {.field = "title", .input = std::move(text), .options = std::move(options)}};
  }
  static std::vector<std::string> texts(const HybridAnswer& answer) {
    std::vector<std::string> out;
    for (const legs::LegRow& row : answer.rows) {
      out.push_back(row.text);
    }
    return out;
  }
  static std::vector<std::uint64_t> ids(const HybridAnswer& answer) {
    std::vector<std::uint64_t> out;
    for (const legs::LegRow& row : answer.rows) {
      out.push_back(std::get<std::uint64_t>(row.id));
    }
    return out;
  }

  layer::testing::FakeStore store{"default", "embedded"};
  async::Loops loops{1};
  async::CpuPool pool{{.name = "fuse"}};
  core::Metrics metrics;
  legs::LegReader reader{legs::LegReader::Parts{.pool = pool, .metrics = metrics}};
};

TEST_F(HybridSearch, IsOneCallForAllItsLists) {
  plays([](const std::string&) { return answer(200, results({{1, 2}, {2}, {2, 3}})); });
  HybridAsk ask = ask_for("red fox");
  ask.include_attributes = R"(["title"])";
  const auto answer = found(ask);
  EXPECT_EQ(store.calls().size(), 1U);
  EXPECT_EQ(answer.upstream_calls, 1U);
  EXPECT_THAT(ids(answer), ElementsAre(2, 1, 3));
  EXPECT_THAT(texts(answer)[1], HasSubstr(R"({"id":1,"title":"w1","$score":0.01639)"));
  EXPECT_THAT(answer.echo, HasSubstr(R"("tokens":["red","fox"])"));
  EXPECT_THAT(answer.echo, HasSubstr(R"("legs":3,"per_leg_limit":50)"));
  EXPECT_EQ(answer.billing, R"({"q":1})");
  EXPECT_FALSE(answer.more);
  EXPECT_FALSE(answer.window_exhausted);
}

TEST_F(HybridSearch, OfANamespaceInPartsIsOneCallAPart) {
  plays([](const std::string& body) {
    return answer(200, body.contains("null") ? results({{1}, {1}}) : results({{2}, {2}}));
  });
  const auto answer = found(ask_for("fox"), 2);
  EXPECT_EQ(answer.upstream_calls, 2U);
  EXPECT_THAT(ids(answer), ElementsAre(1, 2));
  EXPECT_THAT(answer.echo, HasSubstr(R"("threads":2)"));
  EXPECT_EQ(answer.billing, R"({"q":2})");
}

TEST_F(HybridSearch, OfAStoreWithoutMultiQueriesIsOneCallAList) {
  store.declare("multi_query", store::Support::kUnsupported);
  plays([](const std::string& body) {
    const int id = body.contains("Fuzzy") ? 2 : 1;
    return answer(200, fmt::format(R"({{"rows":[{{"id":{},"$dist":1}}]}})", id));
  });
  const auto answer = found(ask_for("fox"));
  EXPECT_EQ(answer.upstream_calls, 2U);
  EXPECT_THAT(ids(answer), ElementsAre(1, 2));
}

TEST_F(HybridSearch, PagesThroughTheFusedList) {
  plays([](const std::string&) { return answer(200, results({{1, 2, 3}, {4, 5}})); });
  HybridAsk ask = ask_for("fox", {.per_leg_limit = 3});
  ask.top_k = 2;
  std::vector<std::uint64_t> all;
  for (bool more = true; more; ask.offset += 2) {
    const auto answer = found(ask);
    std::ranges::copy(ids(answer), std::back_inserter(all));
    EXPECT_EQ(answer.window, 3U);
    EXPECT_FALSE(answer.window_exhausted);  // one list had an end
    more = answer.more;
  }
  EXPECT_THAT(all, ElementsAre(1, 4, 2, 5, 3));
  EXPECT_THAT(store.last().body, HasSubstr(R"("top_k":3)"));

  ask.offset = 10'000;
  const auto refused = search(ask);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidCursor);
}

TEST_F(HybridSearch, SaysWhenEveryListWasFull) {
  plays([](const std::string&) { return answer(200, results({{1, 2}, {3, 4}})); });
  EXPECT_TRUE(found(ask_for("fox", {.per_leg_limit = 2})).window_exhausted);
}

TEST_F(HybridSearch, PutsMeaningFirst) {
  plays([](const std::string&) { return answer(200, results({{5}, {6}, {7}})); });
  HybridAsk ask = ask_for("fox");
  ask.semantic = R"(["v","ANN",[1]])";
  ask.leg_breakdown = true;
  const auto answer = found(ask);
  EXPECT_THAT(store.last().body, HasSubstr(R"({"queries":[{"rank_by":["v","ANN",[1]])"));
  EXPECT_THAT(texts(answer)[0], HasSubstr(R"("legs":[{"leg":"semantic","rank":1,"score":9.5},)"
                                          R"({"leg":"bm25","rank":null,"score":null},)"
                                          R"({"leg":"fuzzy:fox","rank":null,"score":null}])"));
}

TEST_F(HybridSearch, GoesWithoutMisspellingsWhereTheFieldIsKnownNotToHaveThem) {
  plays([](const std::string& body) {
    EXPECT_FALSE(body.contains("Fuzzy"));
    return answer(200, R"({"rows":[{"id":1,"$dist":1}]})");
  });
  HybridAsk ask = ask_for("fox");
  ask.fuzzy_supported = false;
  const auto answer = found(ask);
  EXPECT_TRUE(answer.fuzzy_unsupported);
  EXPECT_THAT(answer.echo, HasSubstr(R"("legs":1)"));
  EXPECT_THAT(answer.echo, HasSubstr(R"("fuzzy":"unsupported")"));
}

TEST_F(HybridSearch, RunsOnceMoreWhereTheStoreHasNoMisspellings) {
  plays([](const std::string& body) {
    return body.contains("Fuzzy")
               ? answer(400, R"({"error":"title is not enabled for fuzzy search"})")
               : answer(200, R"({"rows":[]})");
  });
  const auto answer = found(ask_for("fox"));
  EXPECT_EQ(store.calls().size(), 2U);
  EXPECT_TRUE(answer.fuzzy_unsupported);
  EXPECT_FALSE(answer.legs_failed);
  EXPECT_THAT(answer.echo, Not(HasSubstr("surfaced")));  // it needs them too
}

TEST_F(HybridSearch, FailsWithTheStoresWordsWhereAListFails) {
  plays([](const std::string&) { return answer(500, R"({"error":"disk"})"); });
  const auto outcome = search(ask_for("fox"));
  ASSERT_TRUE(outcome);
  const auto& refusal = std::get<pages::StoreReply>(*outcome);
  EXPECT_EQ(refusal.status, 500);
  EXPECT_EQ(refusal.body, R"({"error":"disk"})");
  EXPECT_EQ(store.calls().size(), 1U);
}

TEST_F(HybridSearch, TakesWhatThereIsWhereTheCallerWantsThat) {
  plays([](const std::string& body) {
    return body.contains("Fuzzy") ? answer(500, "{}")
                                  : answer(200, R"({"rows":[{"id":1,"$dist":1}]})");
  });
  const auto answer = found(ask_for("red fox", {.partial = true}));
  EXPECT_EQ(store.calls().size(), 2U);
  EXPECT_TRUE(answer.legs_failed);
  EXPECT_FALSE(answer.fuzzy_unsupported);
  EXPECT_THAT(ids(answer), ElementsAre(1));
  EXPECT_THAT(answer.echo, HasSubstr(R"("legs_failed":["fuzzy:red","fuzzy:fox"])"));
}

TEST_F(HybridSearch, CannotGoWithoutTheTextItself) {
  plays([](const std::string&) { return answer(503, "{}"); });
  const auto outcome = search(ask_for("fox", {.partial = true}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<pages::StoreReply>(*outcome).status, 503);
}

TEST_F(HybridSearch, SurfacesRowsThatHoldSomethingLikeAWordWhenNothingIsFound) {
  plays([](const std::string& body) {
    return surfaces(body) ? answer(200, R"({"results":[{"rows":[{"id":1,"$dist":1,"title":"faux"},)"
                                        R"({"id":2,"$dist":1,"title":"foxy"}]},{"rows":[]}]})")
                          : answer(200, results({{}, {}, {}}));
  });
  const auto answer = found(ask_for("fox house"));
  EXPECT_EQ(store.calls().size(), 2U);
  EXPECT_EQ(answer.upstream_calls, 2U);
  EXPECT_THAT(ids(answer), ElementsAre(2, 1));  // one change, then two
  EXPECT_THAT(texts(answer)[0], Not(HasSubstr("title")));
  EXPECT_THAT(answer.echo, HasSubstr(R"("legs":2)"));
  EXPECT_THAT(answer.echo, HasSubstr(R"("surfaced":true)"));
}

TEST_F(HybridSearch, SurfacesByIdsWhereTheStoreCannotRankByFilters) {
  plays([](const std::string& body) {
    if (body.contains("Sum")) {
      return answer(400, R"({"error":"Sum can only contain text queries"})");
    }
    return ranks_by_id(body) ? answer(200, R"({"rows":[{"id":3,"title":"foxes"}]})")
                             : answer(200, results({{}, {}}));
  });
  HybridAsk ask = ask_for("fox");
  ask.include_attributes = "true";
  const auto answer = found(ask);
  EXPECT_EQ(store.calls().size(), 3U);
  EXPECT_THAT(texts(answer)[0], HasSubstr(R"("title":"foxes")"));
  EXPECT_THAT(answer.echo, HasSubstr(R"("surfaced":"approximate")"));
}

TEST_F(HybridSearch, DoesNotSurfaceBesideMeaning) {
  plays([](const std::string&) { return answer(200, results({{}, {}, {}})); });
  HybridAsk ask = ask_for("fox");
  ask.semantic = R"(["v","ANN",[1]])";
  EXPECT_TRUE(found(ask).rows.empty());
  EXPECT_EQ(store.calls().size(), 1U);
}

TEST_F(HybridSearch, IsEmptyWhereSurfacingFailsAndTheCallerTakesWhatThereIs) {
  plays([](const std::string& body) {
    return surfaces(body) ? answer(500, "{}") : answer(200, results({{}, {}}));
  });
  EXPECT_EQ(std::get<pages::StoreReply>(*search(ask_for("fox"))).status, 500);
  const auto answer = found(ask_for("fox", {.partial = true}));
  EXPECT_TRUE(answer.rows.empty());
  EXPECT_TRUE(answer.legs_failed);
  EXPECT_THAT(answer.echo, HasSubstr(R"("legs_failed":["fuzzy:fox"])"));
  EXPECT_THAT(answer.echo, Not(HasSubstr("surfaced")));
}

TEST_F(HybridSearch, NeedsAWord) {
  const auto refused = search(ask_for("?"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  EXPECT_TRUE(store.calls().empty());
}

}  // namespace
}  // namespace layer::features::hybrid
