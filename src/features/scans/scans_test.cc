// What is asked, what a tally keeps, and counts against a store that a test plays.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "features/scans/counter.h"
#include "features/scans/ranked_rows.h"
#include "features/scans/value_tally.h"
#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::scans {
namespace {

using namespace std::chrono_literals;

TEST(ScanAskTest, HasDefaults) {
  const auto ask = parse_ask(R"({"mode":"count"})");
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->source, Source::kAuto);
  EXPECT_EQ(ask->threads, 8U);
  EXPECT_EQ(ask->page_size, 1000U);
  EXPECT_EQ(ask->timeout, 30s);
  EXPECT_FALSE(ask->level);
}

TEST(ScanAskTest, KeepsFiltersAsTheyAreWritten) {
  const auto ask = parse_ask(R"({"mode":"count","filters": ["n" , "Eq",18446744073709551615]})");
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->filter, R"(["n" , "Eq",18446744073709551615])");
}

TEST(ScanAskTest, MakesRankingsOfSelectors) {
  const auto fts =
      parse_ask(R"({"mode":"count","fts":{"field":"te\"xt","query":"red fox"},"exhaustive":true})");
  ASSERT_TRUE(fts);
  EXPECT_EQ(fts->rank_by, R"(["te\"xt","BM25","red fox"])");
  EXPECT_TRUE(fts->exhaustive);
  const auto ann = parse_ask(R"({"mode":"count","ann":{"vector":[1,0.5],"radius":0.25}})");
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->rank_by, R"(["vector","ANN",[1,0.5]])");
  EXPECT_EQ(ann->radius, 0.25);
}

TEST(ScanAskTest, ReadsTheWordsOfAHybridText) {
  const auto ask =
      parse_ask(R"({"mode":"count","hybrid_text":{"field":"t","query":"the fox","fuzziness":1,)"
                R"("stopwords":["the"]}})");
  ASSERT_TRUE(ask) << ask.error().message;
  EXPECT_EQ(ask->selector, Selector::kHybridText);
  EXPECT_EQ(ask->words.field, "t");
  EXPECT_EQ(ask->words.input, "the fox");
  EXPECT_EQ(ask->words.options.distance_max, 1U);
  EXPECT_EQ(ask->words.options.stopwords, std::vector<std::string>{"the"});
}

TEST(ScanAskTest, NamesWhatIsWrong) {
  for (const auto& [body, member] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "body"},
           {"{", "body"},
           {R"({"mode":"sum"})", "mode"},
           {R"({"source":"disk"})", "source"},
           {R"({"mode":"values"})", "field"},
           {R"({"mode":"count","field":"a"})", "field"},
           {R"({"mode":"values","field":"id"})", "field"},
           {R"({"mode":"ids","source":"snapshot"})", "source"},
           {R"({"mode":"count","threads":33})", "threads"},
           {R"({"mode":"count","threads":0})", "threads"},
           {R"({"mode":"count","page_size":10001})", "page_size"},
           {R"({"mode":"count","timeout_seconds":301})", "timeout_seconds"},
           {R"({"mode":"count","consistency":"strong"})", "consistency"},
           {R"({"mode":"count","exhaustive":true})", "exhaustive"},
           {R"({"mode":"ids","fts":{"field":"t","query":"x"}})", "mode"},
           {R"({"mode":"count","source":"cache","fts":{"field":"t","query":"x"}})", "source"},
           {R"({"mode":"count","fts":{"field":"t"}})", "fts"},
           {R"({"mode":"count","ann":{"vector":[1]}})", "ann"},
           {R"({"mode":"ids","hybrid_text":{"field":"t","query":"x"}})", "hybrid_text"},
           {R"({"mode":"ids","hybrid_text":{"field":"t","query":"fox"}})", "mode"},
           {R"({"mode":"count","hybrid_text":{"field":"t"}})", "hybrid_text"},
           {R"({"mode":"count","hybrid_text":["t","fox"]})", "hybrid_text"},
           {R"({"mode":"count","hybrid_text":{"field":"t","query":"fox","fuzziness":3}})",
            "hybrid_text"},
           {R"({"mode":"count","hybrid_text":{"field":"t","query":"fox","threads":3}})",
            "hybrid_text"},
           {R"({"mode":"count","fts":{"field":"t","query":"x"},)"
            R"("hybrid_text":{"field":"t","query":"fox"}})",
            "hybrid_text"},
           {R"({"mode":"count","what":1})", "what"}}) {
    const auto ask = parse_ask(body);
    ASSERT_FALSE(ask) << body;
    EXPECT_EQ(ask.error().code, ErrorCode::kValidation) << body;
    EXPECT_TRUE(ask.error().message.starts_with(member + ":")) << ask.error().message;
  }
}

TEST(ValueTallyTest, CountsEachDifferentElementOfARowOnce) {
  ValueTally tally;
  for (const char* row : {R"("b")", R"(["a","b","a"])", "7", "null", "[]", "", "true", "7"}) {
    tally.add_json(row);
  }
  const std::vector<ValueCount> expected{{"7", 2}, {"b", 2}, {"a", 1}, {"true", 1}};
  EXPECT_EQ(tally.unique(), 4U);
  auto values = tally.take();
  std::ranges::sort(values, ranks_before);
  EXPECT_EQ(values, expected);
}

TEST(ValueTallyTest, KeepsExactCountsOfWhatItKeepsAndEstimatesTheRest) {
  constexpr std::size_t kMany = 50'000;
  ValueTally tally({.distinct_max = 1000});
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kMany; ++i) {
      tally.add(std::to_string(i));
    }
  }
  EXPECT_TRUE(tally.truncated());
  EXPECT_NEAR(static_cast<double>(tally.unique()), kMany, kMany * 0.04);
  const auto kept = tally.take();
  ASSERT_EQ(kept.size(), 1000U);
  for (const auto& [value, times] : kept) {
    EXPECT_EQ(times, 2U) << value;
  }
}

TEST(ValueTallyTest, IsFullBeforeItGrowsBeyondItsBytes) {
  ValueTally tally({.distinct_max = 1000, .bytes_max = 10'000});
  std::uint64_t kept = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      tally.add(std::to_string(i) + std::string(1000, 'x'));
      ASSERT_LT(tally.bytes(), 12'000U);
      if (tally.full()) {
        kept += tally.take().size();
      }
    }
  }
  EXPECT_GT(kept, 100U);
  EXPECT_FALSE(tally.truncated());
  EXPECT_EQ(tally.unique(), 100U);
}

TEST(ValueTallyTest, DropsWhatIsNewWhereNothingCanBeTakenOut) {
  ValueTally tally({.bytes_max = 5'000, .drop_beyond = 10'000});
  for (int i = 0; i < 1000; ++i) {
    tally.add(std::to_string(i) + std::string(1000, 'x'));
  }
  EXPECT_TRUE(tally.truncated());
  EXPECT_LT(tally.kept(), 12U);
}

TEST(ValueTallyTest, GoesOnWhereAnotherEnded) {
  ValueTally whole({.distinct_max = 3});
  ValueTally first({.distinct_max = 3});
  for (const char* value : {"a", "b", "a", "c", "d"}) {
    whole.add(value);
    first.add(value);
  }
  ValueTally second({.distinct_max = 3});
  auto taken = first.take();
  second.admit(taken);
  second.truncated_before(first.estimate());
  for (const char* value : {"d", "e", "b", "c"}) {
    whole.add(value);
    second.add(value);
  }
  EXPECT_EQ(second.unique(), whole.unique());
  std::map<std::string, std::uint64_t> added;
  for (const auto& part : {taken, second.take()}) {
    for (const ValueCount& value : part) {
      added[value.v] += value.n;
    }
  }
  std::map<std::string, std::uint64_t> expected;
  for (const ValueCount& value : whole.take()) {
    expected[value.v] = value.n;
  }
  EXPECT_EQ(added, expected);
}

// Rows 1 to `row_count`, of which a shard has those with its remainder.
class CountTest : public ::testing::Test {
 protected:
  CountTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
  }

  store::Answer reply(const layer::testing::SeenCall& call) {
    if (call.target.ends_with("/metadata")) {
      return layer::testing::answer(200, R"({"schema":{"id":{"type":"uint"}}})");
    }
    if (status != 200) {
      return layer::testing::answer(status, R"({"status":"error","error":"no"})");
    }
    const auto body = *json::Document::parse(call.body);
    if (call.body.contains("aggregate_by")) {
      return aggregates ? layer::testing::answer(
                              200, fmt::format(R"({{"aggregations":{{"n":{}}}}})", row_count))
                        : layer::testing::answer(422, R"({"status":"error","error":"never"})");
    }
    return layer::testing::answer(200, rows(call.body, body.root()["top_k"].get_uint64()));
  }

  // Reads the bounds of ids and the shard out of the filter's text.
  std::string rows(const std::string& body, std::uint64_t limit) const {
    std::uint64_t low = 0;
    std::uint64_t high = row_count;
    std::optional<std::uint64_t> shard;
    const auto number_after = [&](std::size_t at) { return std::stoull(body.substr(at)); };
    constexpr std::string_view kGt = R"(["id","Gt",)";
    constexpr std::string_view kLte = R"(["id","Lte",)";
    constexpr std::string_view kShard = R"(["_hevlayer_shard","Eq",)";
    for (std::size_t at = 0; (at = body.find(kGt, at)) != std::string::npos;) {
      at += kGt.size();
      low = std::max<std::uint64_t>(low, number_after(at));
    }
    for (std::size_t at = 0; (at = body.find(kLte, at)) != std::string::npos;) {
      at += kLte.size();
      high = std::min<std::uint64_t>(high, number_after(at));
    }
    if (const std::size_t at = body.find(kShard); at != std::string::npos) {
      shard = number_after(at + kShard.size());
    }
    std::string out;
    std::uint64_t given = 0;
    for (std::uint64_t id = low + 1; id <= high && given < limit; ++id) {
      if (!shard || id % 4 == *shard) {
        ++given;
        out += fmt::format(R"({}{{"id":{},"$dist":{}.0}})", out.empty() ? "" : ",", id, id);
      }
    }
    return fmt::format(R"({{"rows":[{}]}})", out);
  }

  ScanPlace place(std::uint32_t shards = 1) {
    return {.cached = {.store = "default", .ns = "docs"},
            .origin = {.store = &store, .physical = "docs", .authorization = {}},
            .shards = shards};
  }
  Result<Counter::Outcome> count(std::string_view body, std::uint32_t shards = 1,
                                 std::chrono::milliseconds patience = 1h) {
    const auto ask = parse_ask(body);
    EXPECT_TRUE(ask) << ask.error().message;
    const ScanPlace where = place(shards);
    const freshness::ReadCut cut;
    return async::run_blocking(loops.at(0), [&] {
      return counter.count(where, *ask, cut, async::SteadyClock::now() + patience);
    });
  }
  CountAnswer answer(std::string_view body, std::uint32_t shards = 1,
                     std::chrono::milliseconds patience = 1h) {
    auto outcome = count(body, shards, patience);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return std::get<CountAnswer>(*outcome);
  }

  std::uint64_t row_count = 25'003;
  bool aggregates = true;
  int status = 200;
  layer::testing::FakeStore store;
  core::Metrics metrics;
  async::Loops loops{1};
  async::CpuPool pool{{.name = "cut"}};
  Counter counter{{.cache = nullptr, .snapshots = nullptr, .pool = pool, .metrics = metrics}};
};

TEST_F(CountTest, AsksTheStoreOnce) {
  const CountAnswer got = answer(R"({"mode":"count","filters":["n","Gt",1]})", 4);
  EXPECT_EQ(got.counted.count, row_count);
  EXPECT_EQ(got.served_by, "origin");
  EXPECT_FALSE(got.counted.bounded());
  EXPECT_EQ(store.calls().size(), 1U);
  EXPECT_EQ(store.last().body, R"({"filters":["n","Gt",1],"aggregate_by":{"n":["Count"]},)"
                               R"("consistency":{"level":"strong"}})");
  EXPECT_TRUE(metrics.print().contains("hevlayer_scan_total"));
}

TEST_F(CountTest, PagesThroughEachShardWhereTheStoreDoesNotCount) {
  aggregates = false;
  for (const std::uint32_t shards : {1U, 4U}) {
    const CountAnswer got = answer(R"({"mode":"count"})", shards);
    EXPECT_EQ(got.counted.count, row_count) << shards;
    EXPECT_EQ(got.counted.shards_total, shards);
    EXPECT_FALSE(got.counted.bounded());
  }
}

TEST_F(CountTest, TellsThatTheDeadlineCutItShort) {
  aggregates = false;
  store.script([](const layer::testing::SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return fail(ErrorCode::kGatewayTimeout, "too late");
  });
  const CountAnswer got = answer(R"({"mode":"count"})", 4);
  EXPECT_EQ(got.counted.count, 0U);
  EXPECT_TRUE(got.counted.timed_out);
  EXPECT_TRUE(got.counted.bounded());
  EXPECT_EQ(got.counted.shards_saturated, 4U);
}

TEST_F(CountTest, PassesOnWhatTheStoreRefuses) {
  for (const int refused : {400, 403, 404}) {
    status = refused;
    for (const char* ask :
         {R"({"mode":"count"})", R"({"mode":"count","fts":{"field":"t","query":"x"}})"}) {
      const auto outcome = count(ask);
      ASSERT_TRUE(outcome) << outcome.error().message;
      const auto& reply = std::get<pages::StoreReply>(*outcome);
      EXPECT_EQ(reply.status, refused);
      EXPECT_EQ(reply.body, R"({"status":"error","error":"no"})");
    }
  }
}

TEST_F(CountTest, CountsMatchesOfATextQueryUpToAFullPage) {
  constexpr const char* kFts = R"({"mode":"count","fts":{"field":"t","query":"x"}})";
  row_count = 9'999;
  EXPECT_EQ(answer(kFts).counted.count, 9'999U);
  EXPECT_FALSE(answer(kFts).counted.bounded());
  row_count = 12'000;
  const CountAnswer full = answer(kFts);
  EXPECT_EQ(full.counted.count, 10'000U);
  EXPECT_EQ(full.counted.shards_saturated, 1U);
  EXPECT_TRUE(full.counted.bounded());
  EXPECT_FALSE(full.counted.timed_out);
  const CountAnswer sharded = answer(kFts, 4);
  EXPECT_EQ(sharded.counted.count, 12'000U);
  EXPECT_FALSE(sharded.counted.bounded());
}

TEST_F(CountTest, SplitsFullPagesByIdsWhenAllMatchesAreWanted) {
  const CountAnswer got =
      answer(R"({"mode":"count","fts":{"field":"t","query":"x"},"exhaustive":true})");
  EXPECT_EQ(got.counted.count, row_count);
  EXPECT_FALSE(got.counted.bounded());
}

TEST_F(CountTest, CountsRowsWithinARadius) {
  const CountAnswer near = answer(R"({"mode":"count","ann":{"vector":[1],"radius":12.5}})", 4);
  EXPECT_EQ(near.counted.count, 12U);
  EXPECT_TRUE(near.counted.approximate);
  EXPECT_FALSE(near.counted.bounded());
  const CountAnswer far = answer(R"({"mode":"count","ann":{"vector":[1],"radius":1e9}})");
  EXPECT_EQ(far.counted.count, 10'000U);
  EXPECT_TRUE(far.counted.bounded());
}

TEST_F(CountTest, CountsTheUnionOfTheListsOfAHybridText) {
  std::vector<std::string> bodies;
  store.script([&](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
    if (call.target.ends_with("/metadata")) {
      co_return layer::testing::answer(
          200, R"({"schema":{"id":{"type":"uint"},"t":{"type":"string","fuzzy":true}}})");
    }
    bodies.push_back(call.body);
    const bool words = call.body.contains("BM25");
    const bool first = call.body.contains("null");  // shard 0
    co_return layer::testing::answer(
        200, words
                 ? (first ? R"({"results":[{"rows":[{"id":4},{"id":8}]},{"rows":[{"id":8}]},)"
                            R"({"rows":[]}]})"
                          : R"({"results":[{"rows":[{"id":1}]},{"rows":[{"id":5}]},{"rows":[]}]})")
                 : R"({"results":[{"rows":[]},{"rows":[]}]})");
  });
  constexpr const char* kWords =
      R"({"mode":"count","hybrid_text":{"field":"t","query":"the red fox"}})";
  const CountAnswer got = answer(kWords, 2);
  EXPECT_EQ(got.counted.count, 4U);
  EXPECT_FALSE(got.counted.bounded());
  ASSERT_EQ(bodies.size(), 2U) << "one call a shard";
  EXPECT_TRUE(bodies[0].contains(R"("top_k":10000)"));
  EXPECT_TRUE(bodies[0].contains(R"(["t","Fuzzy","fox")"));
  EXPECT_FALSE(bodies[0].contains(R"(["t","Fuzzy","the")"));
}

TEST_F(CountTest, CountsRowsWithWordsLikeThoseOfAHybridTextWhereNoneHasThem) {
  std::size_t asked = 0;
  store.script([&](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
    if (call.target.ends_with("/metadata")) {
      co_return layer::testing::answer(
          200, R"({"schema":{"id":{"type":"uint"},"t":{"type":"string","fuzzy":true}}})");
    }
    ++asked;
    co_return layer::testing::answer(200, call.body.contains("BM25")
                                              ? R"({"results":[{"rows":[]},{"rows":[]}]})"
                                              : R"({"rows":[{"id":7}]})");
  });
  EXPECT_EQ(answer(R"({"mode":"count","hybrid_text":{"field":"t","query":"foxes"}})").counted.count,
            1U);
  EXPECT_EQ(asked, 2U);
}

TEST_F(CountTest, SaysThatASourceCannotAnswer) {
  EXPECT_EQ(count(R"({"mode":"count","source":"cache"})").error().code, ErrorCode::kCacheCold);
  EXPECT_EQ(count(R"({"mode":"count","source":"snapshot"})").error().code,
            ErrorCode::kPreconditionFailed);
}

}  // namespace
}  // namespace layer::features::scans
