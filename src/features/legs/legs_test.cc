// Legs read from a store that a test plays, and permits.
#include "features/legs/legs.h"

#include <gtest/gtest.h>

#include <map>

#include <fmt/format.h>

#include "async/deadline.h"
#include "async/fan_out.h"
#include "async/loops.h"
#include "async/run.h"
#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::legs {
namespace {

using namespace std::chrono_literals;
using layer::testing::answer;
using layer::testing::SeenCall;

class Legs : public ::testing::Test {
 protected:
  Result<LegsOutcome> read(std::vector<Leg> legs, std::uint32_t shards = 1, ReadRows rows = {}) {
    ReadPlace place{.origin = {.store = &store, .physical = "docs", .authorization = "Bearer k"},
                    .ns = "docs",
                    .shards = shards,
                    .stamped = stamped};
    return async::run_blocking(loops.at(0), [&] {
      return reader.read(place, legs, rows, async::SteadyClock::now() + patience);
    });
  }
  LegsAnswer rows_of(Result<LegsOutcome> outcome) {
    EXPECT_TRUE(outcome) << outcome.error().message;
    EXPECT_TRUE(std::holds_alternative<LegsAnswer>(*outcome))
        << std::get<pages::StoreReply>(*outcome).body;
    return std::get<LegsAnswer>(std::move(*outcome));
  }
  // The store answers each call with what it is given, as a function of its body.
  void plays(std::function<store::Answer(const std::string&)> reply) {
    store.script([reply](const SeenCall& call) -> async::Task<Result<store::Answer>> {
      co_return reply(call.body);
    });
  }
  static std::string shard_text(int shard) {
    return fmt::format(R"(["_hevlayer_shard","Eq",{}])", shard);
  }

  bool stamped = true;
  std::chrono::milliseconds patience = 1h;
  layer::testing::FakeStore store{"default", "embedded"};
  async::Loops loops{1};
  async::CpuPool pool{{.name = "cut"}};
  core::Metrics metrics;
  LegReader reader{LegReader::Parts{.pool = pool, .metrics = metrics}};
};

const Leg kText{.label = "bm25", .rank_by = R"(["t","BM25","x"])", .limit = 2};

TEST_F(Legs, OneLegOfAWholeNamespaceIsOneQuery) {
  plays([](const std::string&) {
    return answer(200, R"({"rows":[{"id":9,"$dist":1},{"id":1,"$dist":2}],"billing":{ "q":1}})");
  });
  const auto got = rows_of(read({{.label = "bm25",
                                  .rank_by = R"(["t","BM25","x"])",
                                  .filters = R"(["a","Eq",1])",
                                  .include_attributes = R"(["a"])",
                                  .more = R"(,"distance_metric":"cosine_distance")",
                                  .limit = 2}}));
  EXPECT_EQ(store.last().body,
            R"({"rank_by":["t","BM25","x"],"filters":["a","Eq",1],"include_attributes":["a"],)"
            R"("top_k":2,"distance_metric":"cosine_distance","consistency":{"level":"strong"}})");
  EXPECT_EQ(store.last().target, "/v2/namespaces/docs/query");
  EXPECT_EQ(store.last().authorization, "Bearer k");
  EXPECT_EQ(store.last().kind, store::CallKind::kGatewayRead);
  ASSERT_EQ(got.legs.size(), 1U);
  EXPECT_EQ(got.legs[0].rows[0].text, R"({"id":9,"$dist":1})");  // the store's order
  EXPECT_TRUE(got.legs[0].filled);
  EXPECT_EQ(got.billing, R"({ "q":1})");
  EXPECT_EQ(got.upstream_calls, 1U);
  EXPECT_EQ(got.threads, 0U);
}

TEST_F(Legs, SeveralLegsAreOneMultiQueryAShard) {
  plays([](const std::string& body) {
    const int shard = body.contains("null") ? 0 : 1;
    return answer(200, fmt::format(R"({{"results":[{{"rows":[{{"id":{0},"$dist":{0}}}]}},)"
                                   R"({{"rows":[{{"id":{1}}}]}}],"billing":{{"q":1}}}})",
                                   shard + 1, 9 - shard));
  });
  const auto got = rows_of(read({kText, {.rank_by = R"(["id","asc"])", .limit = 1}}, 2));
  EXPECT_EQ(got.upstream_calls, 2U);
  EXPECT_EQ(got.threads, 2U);
  ASSERT_EQ(got.legs.size(), 2U);
  ASSERT_EQ(got.legs[0].rows.size(), 2U);
  EXPECT_EQ(got.legs[0].rows[0].id, wire::Id(2U));
  ASSERT_EQ(got.legs[1].rows.size(), 1U);
  EXPECT_EQ(got.legs[1].rows[0].id, wire::Id(8U));
  EXPECT_EQ(got.billing, R"({"q":2})");
  for (const SeenCall& call : store.calls()) {
    EXPECT_TRUE(call.body.starts_with(R"({"queries":[{"rank_by":["t","BM25","x"],"filters":)"));
    EXPECT_TRUE(call.body.ends_with(R"("top_k":1}],"consistency":{"level":"strong"}})"));
  }
}

TEST_F(Legs, AStoreWithoutMultiQueriesIsAskedOnceALeg) {
  store.declare("multi_query", store::Support::kUnsupported);
  plays([](const std::string& body) {
    return answer(
        200, body.contains("BM25") ? R"({"rows":[{"id":1,"$dist":1}]})" : R"({"rows":[{"id":2}]})");
  });
  const auto got = rows_of(read({kText, {.rank_by = R"(["id","asc"])", .limit = 1}}));
  EXPECT_EQ(got.upstream_calls, 2U);
  EXPECT_EQ(got.legs[0].rows[0].id, wire::Id(1U));
  EXPECT_EQ(got.legs[1].rows[0].id, wire::Id(2U));
}

TEST_F(Legs, AttributesThatRowsAreComparedByDoNotShow) {
  plays([](const std::string& body) {
    EXPECT_TRUE(body.contains(R"("include_attributes":["a"])"));
    return answer(200, body.contains("null") ? R"({"rows":[{"id":1,"a":5}]})"
                                             : R"({"rows":[{"id":2,"a":3},{"id":3}]})");
  });
  const auto got = rows_of(read({{.rank_by = R"(["a","desc"])", .limit = 3}}, 2));
  std::string texts;
  for (const LegRow& row : got.legs[0].rows) {
    texts += row.text;
  }
  EXPECT_EQ(texts, R"({"id":1}{"id":2}{"id":3})");
}

TEST_F(Legs, AFailingShardFailsTheReadInItsOwnWords) {
  plays([](const std::string& body) {
    return body.contains("null") ? answer(200, R"({"rows":[]})")
                                 : answer(404, R"({"error":"gone"})", {{"x-a", "b"}});
  });
  const auto outcome = read({kText}, 4);
  ASSERT_TRUE(outcome);
  const auto& refusal = std::get<pages::StoreReply>(*outcome);
  EXPECT_EQ(refusal.status, 404);
  EXPECT_EQ(refusal.body, R"({"error":"gone"})");
  EXPECT_EQ(refusal.headers.find("x-a"), "b");

  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return fail(ErrorCode::kUpstream, "no connection");
  });
  const auto lost = read({kText}, 4);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message, "no connection");
}

TEST_F(Legs, AnAnswerThatIsNoneIsAnErrorOfTheStore) {
  plays([](const std::string&) { return answer(200, "<html>"); });
  const auto outcome = read({kText});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUpstream);
}

const ReadRows kStable{
    .cut = {.upstream = freshness::ReadLevel::kEventual, .stable = true, .watermark_ms = 50}};

TEST_F(Legs, AStableReadIsCutWhereTheStoreAsksForPatience) {
  plays([](const std::string& body) {
    return body.contains("_hevlayer_upserted_at") ? answer(200, R"({"rows":[]})")
                                                  : answer(429, "{}");
  });
  const auto got = rows_of(read({kText}, 2, kStable));
  EXPECT_EQ(got.cut.cut_ms, 50);
  EXPECT_TRUE(store.last().body.contains(R"(["_hevlayer_upserted_at","Lte",50])"));
  EXPECT_TRUE(store.last().body.ends_with(R"("consistency":{"level":"eventual"}})"));
  // What is not stable is not cut.
  const auto plain = read({kText});
  EXPECT_EQ(std::get<pages::StoreReply>(*plain).status, 429);
}

TEST_F(Legs, WhatTheStoreHasNeverSeenIsNotComparedWith) {
  plays([](const std::string& body) {
    for (const char* name : {"_hevlayer_upserted_at", "_hevlayer_shard"}) {
      if (body.contains(name)) {
        return answer(400, fmt::format(R"({{"error":"filter error in key `{}`"}})", name));
      }
    }
    return answer(200, R"({"rows":[{"id":4,"$dist":1}]})");
  });
  ReadRows rows = kStable;
  rows.cut.cut_ms = 50;
  const auto cut = rows_of(read({kText}, 2, rows));
  EXPECT_FALSE(cut.cut.cut_ms);
  EXPECT_EQ(cut.legs[0].rows.size(), 1U);  // shard 0 is the whole namespace
  EXPECT_FALSE(store.last().body.contains("_hevlayer"));
  rows_of(read({kText}, 1, {.range = {.after_ms = 1, .until_ms = 9}}));
  EXPECT_TRUE(store.last().body.contains(R"("filters":["id","In",[]])"));
}

TEST_F(Legs, RowsWithoutStampsHaveNoStableReads) {
  stamped = false;
  const auto outcome = read({kText}, 1, kStable);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kFeatureUnavailable);
  EXPECT_TRUE(store.calls().empty());
}

TEST_F(Legs, AreCountedByShard) {
  plays([](const std::string&) { return answer(200, R"({"rows":[]})"); });
  rows_of(read({kText}));
  rows_of(read({kText}, 3));
  EXPECT_TRUE(metrics.print().contains(
      R"(layer_shard_legs_total{namespace="docs",kind="query",status="ok"} 3)"))
      << metrics.print();
}

TEST_F(Legs, OfOneNamespaceStayWithinThePermitsOfItsStore) {
  layer::testing::FakeStore remote("default", "turbopuffer");
  std::size_t running = 0;
  std::size_t most = 0;
  remote.script([&](const SeenCall&) -> async::Task<Result<store::Answer>> {
    most = std::max(most, ++running);
    co_await async::sleep_for(1ms);
    --running;
    co_return answer(200, R"({"results":[{"rows":[]},{"rows":[]},{"rows":[]}]})");
  });
  const ReadPlace place{.origin = {.store = &remote, .physical = "docs", .authorization = {}},
                        .ns = "docs",
                        .shards = 40,
                        .threads = 32};
  const auto outcome = async::run_blocking(loops.at(0), [&] {
    return reader.read(place, {kText, kText, {.rank_by = R"(["v","kNN",[1]])"}}, {},
                       async::SteadyClock::now() + patience);
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(remote.calls().size(), 40U);
  EXPECT_EQ(most, 4U);  // of 1 + 1 + 2 permits each
  EXPECT_EQ(reader.gate().running(), 0U);
}

class Waits : public ::testing::Test {
 public:
  async::Loops loops{1};
  Permits permits{2};
  const async::TimePoint never = async::TimePoint::max();
};

TEST_F(Waits, ServeRequestsInTurn) {
  const int a = 0;
  const int b = 0;
  std::string order;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    auto all = co_await permits.take(nullptr, 9, never);  // no more than there are
    EXPECT_TRUE(all);
    EXPECT_EQ(permits.free(), 0U);
    std::vector<std::pair<const int*, char>> asks{{&a, 'a'}, {&a, 'a'}, {&a, 'a'}, {&b, 'b'}};
    co_await async::fan_out(asks.size() + 1, asks.size() + 1, [&](std::size_t i) -> async::Task<> {
      return [](Waits& self, const void* request, char name, std::string& out,
                Result<Permits::Held>& held) -> async::Task<> {
        if (name == 0) {
          held = Permits::Held();  // the others stand in line by now
          co_return;
        }
        auto mine = co_await self.permits.take(request, 2, self.never);
        EXPECT_TRUE(mine);
        out += name;
      }(*this, i < asks.size() ? asks[i].first : nullptr, i < asks.size() ? asks[i].second : '\0',
                                             order, all);
    });
  });
  EXPECT_EQ(order, "abaa");
  EXPECT_EQ(permits.free(), 2U);
}

TEST_F(Waits, EndAtTheDeadlineAndKeepNothing) {
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    auto all = co_await permits.take(nullptr, 2, never);
    const auto late = co_await permits.take(this, 1, async::SteadyClock::now() + 1ms);
    EXPECT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::kGatewayTimeout);
  });
  EXPECT_EQ(permits.free(), 2U);
}

TEST_F(Waits, WorkAcrossLoops) {
  async::Loops many{3};
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto task = [&](std::size_t) -> async::Task<> {
    return [](Waits& self, std::atomic<int>& now, std::atomic<int>& peak) -> async::Task<> {
      for (int i = 0; i < 50; ++i) {
        auto held = co_await self.permits.take(&now, 1, self.never);
        EXPECT_TRUE(held);
        const int n = ++now;
        int seen = peak.load();
        while (n > seen && !peak.compare_exchange_weak(seen, n)) {
        }
        co_await async::sleep_for(10us);
        --now;
      }
    }(*this, running, most);
  };
  std::vector<std::jthread> threads;
  for (std::size_t loop = 0; loop < 3; ++loop) {
    threads.emplace_back([&, loop] {
      async::run_blocking(many.at(loop), [&] { return async::fan_out(4, 4, task); });
    });
  }
  threads.clear();
  EXPECT_LE(most.load(), 2);
  EXPECT_EQ(permits.free(), 2U);
}

}  // namespace
}  // namespace layer::features::legs
