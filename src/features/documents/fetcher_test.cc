#include "features/documents/fetcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "features/documents/shape_cache.h"
#include "features/documents/test_cache.h"
#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::documents {
namespace {

using namespace std::chrono_literals;
using layer::testing::answer;
using layer::testing::SeenCall;
using wire::Id;

std::vector<Id> numbers(std::uint64_t first, std::uint64_t count) {
  std::vector<Id> ids;
  for (std::uint64_t i = 0; i < count; ++i) {
    ids.emplace_back(first + i);
  }
  return ids;
}

// Rows for every id in the filter that is even; odd ones do not exist.
std::string rows_for(const std::string& query) {
  const auto document = json::Document::parse(query);
  json::Array filter;
  EXPECT_EQ(document->root()["filters"].get(filter), simdjson::SUCCESS);
  std::vector<std::uint64_t> ids;
  const json::Value operand = filter.at(2).value();
  if (json::Array list; operand.get(list) == simdjson::SUCCESS) {
    for (const auto item : list) {
      ids.push_back(item.get_uint64());
    }
  } else {
    ids.push_back(operand.get_uint64());
  }
  std::string rows;
  for (const std::uint64_t id : ids) {
    if (id % 2 == 0) {
      rows += rows.empty() ? "" : ",";
      rows += R"({"id":)" + std::to_string(id) + R"(,"n":)" + std::to_string(id) + "}";
    }
  }
  return R"({"rows":[)" + rows + "]}";
}

class FetcherTest : public ::testing::Test {
 protected:
  FetcherTest() {
    namespaces::StoreMetadata metadata;
    metadata.id_type = wire::IdType::kUint;
    metadata.columns = {{.name = "id"}, {.name = "n"}};
    shape = std::make_shared<const Shape>(*Shape::make(metadata));
    store.script([](const SeenCall& call) -> async::Task<Result<store::Answer>> {
      co_return answer(200, rows_for(call.body));
    });
  }

  FetchRequest request(std::vector<Id> ids) {
    return {.ns = ns, .origin = origin, .shape = shape, .ids = std::move(ids)};
  }
  Result<Fetched> fetch(FetchRequest asked) {
    return async::run_blocking(loops.at(0), [&] { return fetcher.fetch(std::move(asked)); });
  }

  layer::testing::FakeStore store;
  TestCache cache;
  async::CpuPool pool{{.name = "rows"}};
  Fetcher fetcher{&cache, pool};
  cache::CachedNamespace ns{.store = "default", .ns = "docs"};
  Origin origin{.store = &store, .physical = "docs-v2", .authorization = "Bearer x"};
  ShapePtr shape;
  async::Loops loops{2};
};

TEST_F(FetcherTest, AMissIsReadStronglyKeptAndThenAHit) {
  const auto first = fetch(request(numbers(6, 1)));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->misses, 1U);
  EXPECT_EQ(*first->rows.front(), R"({"n":6})");
  const SeenCall call = store.last();
  EXPECT_EQ(call.target, "/v2/namespaces/docs-v2/query");
  EXPECT_EQ(call.authorization, "Bearer x");
  EXPECT_EQ(call.kind, store::CallKind::kGatewayRead);
  EXPECT_EQ(call.body, R"({"filters":["id","Eq",6],"rank_by":["id","asc"],"top_k":1,)"
                       R"("include_attributes":true,"consistency":{"level":"strong"}})");
  const auto second = fetch(request(numbers(6, 1)));
  EXPECT_EQ(second->hits, 1U);
  EXPECT_EQ(*second->rows.front(), R"({"n":6})");
  EXPECT_EQ(store.calls().size(), 1U);
}

TEST_F(FetcherTest, ThatARowIsMissingIsKeptToo) {
  EXPECT_EQ(fetch(request(numbers(7, 1)))->rows.front(), nullptr);
  const auto again = fetch(request(numbers(7, 1)));
  EXPECT_EQ(again->rows.front(), nullptr);
  EXPECT_EQ(again->hits, 1U);
  EXPECT_EQ(store.calls().size(), 1U);
}

TEST_F(FetcherTest, AnEventualReadFillsNothing) {
  FetchRequest asked = request(numbers(6, 1));
  asked.level = Level::kEventual;
  EXPECT_EQ(fetch(std::move(asked))->misses, 1U);
  EXPECT_TRUE(store.last().body.ends_with(R"("consistency":{"level":"eventual"}})"));
  EXPECT_EQ(cache.filled, 0U);
}

TEST_F(FetcherTest, ABatchIsReadInChunksOfAThousand) {
  const auto fetched = fetch(request(numbers(0, 2500)));
  ASSERT_TRUE(fetched);
  ASSERT_EQ(store.calls().size(), 3U);
  for (std::uint64_t i = 0; i < 2500; ++i) {
    EXPECT_EQ(fetched->rows[i] != nullptr, i % 2 == 0) << i;
  }
  EXPECT_EQ(*fetched->rows[2498], R"({"n":2498})");
  EXPECT_EQ(fetch(request(numbers(0, 2500)))->hits, 2500U);
  EXPECT_EQ(store.calls().size(), 3U);
}

TEST_F(FetcherTest, OnlyWhatTheCacheLacksIsRead) {
  ASSERT_TRUE(fetch(request(numbers(2, 1))));
  const auto both = fetch(request(numbers(2, 2)));
  EXPECT_EQ(both->hits, 1U);
  EXPECT_EQ(both->misses, 1U);
  EXPECT_NE(store.last().body.find(R"("Eq",3)"), std::string::npos);
}

TEST_F(FetcherTest, ABypassedCacheIsNeitherAskedNorFilled) {
  FetchRequest asked = request(numbers(6, 1));
  asked.skip_cache = true;
  EXPECT_EQ(fetch(asked)->bypassed, 1U);
  EXPECT_EQ(cache.finds, 0U);
  cache.bypass = true;
  EXPECT_EQ(fetch(request(numbers(6, 1)))->bypassed, 1U);
  EXPECT_EQ(cache.filled, 0U);
  Fetcher off(nullptr, pool);
  const auto fetched =
      async::run_blocking(loops.at(0), [&] { return off.fetch(request(numbers(6, 1))); });
  EXPECT_EQ(fetched->bypassed, 1U);
  EXPECT_EQ(store.calls().size(), 3U);
}

TEST_F(FetcherTest, ARefusalOfTheStoreIsGivenAsItIs) {
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return answer(429, R"({"error":"slow down"})", {{"retry-after", "3"}});
  });
  const auto fetched = fetch(request(numbers(6, 1)));
  ASSERT_TRUE(fetched);
  ASSERT_NE(fetched->refusal, nullptr);
  EXPECT_EQ(fetched->refusal->status, 429);
  EXPECT_EQ(fetched->refusal->body, R"({"error":"slow down"})");
  EXPECT_EQ(*fetched->refusal->headers.find("retry-after"), "3");
  EXPECT_EQ(cache.filled, 0U);
}

TEST_F(FetcherTest, AFailedCallIsAnErrorAndKeepsNothing) {
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return fail(ErrorCode::kStoreUnavailable, "the breaker is open");
  });
  EXPECT_EQ(fetch(request(numbers(6, 1))).error().code, ErrorCode::kStoreUnavailable);
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return answer(200, "not rows");
  });
  EXPECT_EQ(fetch(request(numbers(6, 1))).error().code, ErrorCode::kUpstream);
  EXPECT_EQ(cache.filled, 0U);
}

TEST_F(FetcherTest, RowsOfAnOldShapeAreNotKept) {
  store.script([](const SeenCall&) -> async::Task<Result<store::Answer>> {
    co_return answer(200, R"({"rows":[{"id":6,"unknown":[1,2]}]})");
  });
  EXPECT_TRUE(fetch(request(numbers(6, 1)))->shape_is_old);
  EXPECT_EQ(cache.filled, 0U);
}

// A store whose answers a test lets go, one gate for all of them.
class GatedTest : public FetcherTest {
 protected:
  GatedTest() {
    store.script([this](const SeenCall& call) -> async::Task<Result<store::Answer>> {
      ++asked;
      while (!open) {
        if (!co_await async::sleep_for(1ms)) {
          co_return fail(ErrorCode::kCancelled, "cancelled");
        }
      }
      co_return answer(200, rows_for(call.body));
    });
  }
  std::future<Result<Fetched>> start(std::size_t loop, FetchRequest request) {
    return async::asio::co_spawn(
        loops.at(loop).get_executor(),
        [this, request = std::move(request)]() -> async::Task<Result<Fetched>> {
          ++started;
          co_return co_await fetcher.fetch(request);
        },
        async::asio::use_future);
  }
  void wait_until(const std::function<bool()>& holds) {
    while (!holds()) {
      std::this_thread::sleep_for(1ms);
    }
  }
  void wait_for_waiting(std::size_t count) {
    wait_until([&] { return fetcher.waiting() == count; });
  }

  std::atomic<bool> open{false};
  std::atomic<int> asked{0};
  std::atomic<int> started{0};
};

TEST_F(GatedTest, ConcurrentMissesOfARowMakeOneCall) {
  std::vector<std::future<Result<Fetched>>> all;
  for (std::size_t i = 0; i < 20; ++i) {
    all.push_back(start(i % 2, request(numbers(6, 1))));
  }
  wait_for_waiting(19);
  open = true;
  for (auto& one : all) {
    const auto fetched = one.get();
    ASSERT_TRUE(fetched);
    EXPECT_EQ(*fetched->rows.front(), R"({"n":6})");
  }
  EXPECT_EQ(asked, 1);
}

TEST_F(GatedTest, BatchesShareTheRowsThatTheyHaveInCommon) {
  auto first = start(0, request(numbers(0, 10)));
  wait_until([&] { return asked == 1; });
  auto second = start(1, request(numbers(5, 10)));
  wait_until([&] { return asked == 2; });
  open = true;
  EXPECT_TRUE(first.get());
  const auto fetched = second.get();
  ASSERT_TRUE(fetched);
  EXPECT_EQ(*fetched->rows[1], R"({"n":6})");
  EXPECT_EQ(*fetched->rows[9], R"({"n":14})");
  EXPECT_EQ(store.calls().size(), 2U);
  EXPECT_NE(store.last().body.find("[10,11,12,13,14]"), std::string::npos);
}

TEST_F(GatedTest, AReadThatBeganBeforeAWriteIsNotShared) {
  auto before = start(0, request(numbers(6, 1)));
  wait_until([&] { return asked == 1; });
  cache.write(ns, Id(std::uint64_t{6}));
  auto after = start(1, request(numbers(6, 1)));
  wait_until([&] { return asked == 2; });
  open = true;
  EXPECT_TRUE(before.get());
  EXPECT_TRUE(after.get());
}

TEST_F(GatedTest, OtherCredentialsAndLevelsReadForThemselves) {
  auto one = start(0, request(numbers(6, 1)));
  FetchRequest other = request(numbers(6, 1));
  other.origin.authorization = "Bearer y";
  auto two = start(1, other);
  FetchRequest eventual = request(numbers(6, 1));
  eventual.level = Level::kEventual;
  auto three = start(1, eventual);
  wait_until([&] { return asked == 3; });
  open = true;
  EXPECT_TRUE(one.get());
  EXPECT_TRUE(two.get());
  EXPECT_TRUE(three.get());
}

TEST_F(GatedTest, OneWhoLeavesTakesNothingFromTheOthers) {
  async::asio::cancellation_signal leave;
  std::latch left(1);
  async::asio::co_spawn(
      loops.at(0).get_executor(),
      [this]() -> async::Task<> { (void)co_await fetcher.fetch(request(numbers(6, 1))); },
      async::asio::bind_cancellation_slot(leave.slot(),
                                          [&](const std::exception_ptr&) { left.count_down(); }));
  wait_until([&] { return asked == 1; });
  auto other = start(1, request(numbers(6, 1)));
  wait_for_waiting(1);
  async::asio::post(loops.at(0), [&] { leave.emit(async::asio::cancellation_type::terminal); });
  left.wait();
  wait_until([&] { return asked == 2; });  // the other one reads for itself
  open = true;
  const auto fetched = other.get();
  ASSERT_TRUE(fetched);
  EXPECT_EQ(*fetched->rows.front(), R"({"n":6})");
}

TEST_F(GatedTest, ALimitOfTimeIsOnesOwn) {
  FetchRequest short_of_time = request(numbers(6, 1));
  auto first = start(0, request(numbers(6, 1)));
  wait_until([&] { return asked == 1; });
  short_of_time.deadline = async::SteadyClock::now() + 5ms;
  EXPECT_EQ(start(1, short_of_time).get().error().code, ErrorCode::kGatewayTimeout);
  open = true;
  EXPECT_TRUE(first.get());
  EXPECT_EQ(asked, 1);
}

TEST_F(GatedTest, AFailureOfTheSharedCallIsEverybodys) {
  store.script([this](const SeenCall&) -> async::Task<Result<store::Answer>> {
    ++asked;
    while (!open) {
      co_await async::sleep_for(1ms);
    }
    co_return fail(ErrorCode::kUpstream, "connection refused");
  });
  auto one = start(0, request(numbers(6, 1)));
  auto two = start(1, request(numbers(6, 1)));
  wait_for_waiting(1);
  open = true;
  EXPECT_EQ(one.get().error().code, ErrorCode::kUpstream);
  EXPECT_EQ(two.get().error().code, ErrorCode::kUpstream);
  EXPECT_EQ(asked, 1);
}

class ShapeCacheTest : public ::testing::Test {
 protected:
  ShapeCacheTest() {
    store.script([this](const SeenCall&) -> async::Task<Result<store::Answer>> {
      co_return answer(status, metadata);
    });
  }
  Result<ShapeCache::Known> load(std::uint64_t incarnation = 0) {
    return async::run_blocking(
        loops.at(0), [&] { return shapes.load(origin, incarnation, async::TimePoint::max()); });
  }

  int status = 200;
  std::string metadata =
      R"({"schema":{"id":{"type":"uuid"},"vector":{"type":"[2]f32"},"tags":{"type":"[]string"}}})";
  layer::testing::FakeStore store;
  core::ManualClock clock;
  ShapeCache shapes{clock};
  Origin origin{.store = &store, .physical = "docs", .authorization = "Bearer x"};
  async::Loops loops{1};
};

TEST_F(ShapeCacheTest, ANamespaceIsAskedForOnce) {
  const auto first = load();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->fresh);
  EXPECT_EQ(first->shape->id_type(), wire::IdType::kUuid);
  EXPECT_TRUE(first->shape->is_vector("vector"));
  EXPECT_TRUE(first->shape->knows("tags"));
  EXPECT_EQ(first->shape->projection_json(), R"("exclude_attributes":["vector"])");
  EXPECT_FALSE(load()->fresh);
  EXPECT_EQ(store.calls().size(), 1U);
  EXPECT_EQ(store.last().target, "/v2/namespaces/docs/metadata");
}

TEST_F(ShapeCacheTest, AnotherIncarnationATimeAndForgettingAskAgain) {
  ASSERT_TRUE(load());
  EXPECT_TRUE(load(1)->fresh);
  shapes.forget(origin, 0);
  EXPECT_TRUE(load()->fresh);
  clock.advance(10min);
  EXPECT_TRUE(load()->fresh);
}

TEST_F(ShapeCacheTest, ARefusalIsGivenAndNotRemembered) {
  status = 404;
  EXPECT_EQ(load()->refusal->status, 404);
  EXPECT_EQ(load()->refusal->status, 404);
  EXPECT_EQ(store.calls().size(), 2U);
  status = 200;
  metadata = R"({"schema":{}})";
  EXPECT_EQ(load().error().code, ErrorCode::kUpstream);
}

}  // namespace
}  // namespace layer::features::documents
