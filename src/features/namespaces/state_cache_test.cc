#include "features/namespaces/state_cache.h"

#include <map>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"

namespace layer::features::namespaces {
namespace {

using std::chrono::seconds;

// Objects that a test sets, read on the cache's loop.
class Objects final : public StateSource {
 public:
  async::Task<Result<StateObject>> read(std::string key, std::string etag) override {
    ++reads[key];
    while (held) {
      co_await async::sleep_for(std::chrono::milliseconds(1));
    }
    if (failing) {
      co_return fail(ErrorCode::kUnavailable, "the object store is away");
    }
    const auto object = objects.find(key);
    if (object == objects.end()) {
      co_return StateObject{};
    }
    const auto now = "e" + std::to_string(std::hash<std::string>{}(object->second));
    if (now == etag) {
      ++unchanged;
      co_return StateObject{.kind = StateObject::Kind::kUnchanged};
    }
    co_return StateObject{.kind = StateObject::Kind::kFound, .body = object->second, .etag = now};
  }

  // Set and read while no read is under way.
  std::map<std::string, std::string> objects;
  std::map<std::string, int> reads;
  int unchanged = 0;
  std::atomic<bool> failing{false};
  std::atomic<bool> held{false};
};

class States : public testing::Test {
 protected:
  States() { make({}); }
  ~States() override { cache->stop(); }
  void make(StateCacheOptions options) {
    if (cache) {
      cache->stop();
    }
    cache.emplace(
        StateCache::Parts{.source = objects, .clock = clock, .loop = loops.at(0), .log = log},
        options);
  }
  StatePtr load(const std::string& ns) {
    return async::run_blocking(loops.at(1), [&] { return cache->load(ns); });
  }
  // Waits for reads that known() has started: one more task on the cache's loop finds them done.
  void settle(const std::string& ns, int reads) {
    while (async::run_blocking(loops.at(0), [&]() -> async::Task<int> {
             co_await async::sleep_for(std::chrono::milliseconds(1));
             co_return objects.reads[layout_key(ns)];
           }) < reads) {
    }
    async::run_blocking(loops.at(0), []() -> async::Task<> {
      co_await async::sleep_for(std::chrono::milliseconds(5));
    });
  }

  Objects objects;
  core::ManualClock clock;
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{2};
  std::optional<StateCache> cache;
};

TEST_F(States, ReadsANamespaceOnceAndKeepsIt) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4,"state":"ready"})";
  const auto state = load("docs");
  EXPECT_TRUE(state->known);
  ASSERT_TRUE(state->layout);
  EXPECT_EQ(state->layout->shard_count, 4U);
  EXPECT_EQ(cache->known("docs"), state);
  EXPECT_EQ(objects.reads[layout_key("docs")], 1);
}

TEST_F(States, RemembersThatANamespaceHasNoState) {
  EXPECT_TRUE(load("docs")->known);
  EXPECT_FALSE(load("docs")->layout);
  EXPECT_EQ(objects.reads[layout_key("docs")], 1);
}

TEST_F(States, AnswersAtOnceForPlainRequestsAndLooksMeanwhile) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  EXPECT_FALSE(cache->known("docs")->known);
  settle("docs", 1);
  EXPECT_TRUE(cache->known("docs")->layout);
}

TEST_F(States, RefreshesInTheBackgroundByConditionalRead) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  load("docs");
  clock.advance(seconds(15));
  EXPECT_TRUE(cache->known("docs")->layout);  // still in force while it is read again
  settle("docs", 2);
  EXPECT_EQ(objects.unchanged, 1);
  EXPECT_EQ(cache->known("docs")->layout->shard_count, 4U);
  EXPECT_EQ(objects.reads[layout_key("docs")], 2);
}

TEST_F(States, TakesNothingOlderThanItsTtl) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  load("docs");
  clock.advance(seconds(30));
  objects.objects[layout_key("docs")] = R"({"shard_count":8})";
  EXPECT_FALSE(cache->known("docs")->known);
  EXPECT_EQ(load("docs")->layout->shard_count, 8U);
}

TEST_F(States, KeepsTheLastKnownStateWhileReadingFails) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  load("docs");
  objects.failing = true;
  clock.advance(seconds(100));
  EXPECT_EQ(load("docs")->layout->shard_count, 4U);
  EXPECT_EQ(cache->known("docs")->layout->shard_count, 4U);
  const int reads = objects.reads[layout_key("docs")];
  EXPECT_EQ(load("docs")->layout->shard_count, 4U);
  EXPECT_EQ(objects.reads[layout_key("docs")], reads) << "a failing store is not asked each time";
}

TEST_F(States, TreatsANamespaceItNeverReadAsHavingNothing) {
  objects.failing = true;
  const auto state = load("docs");
  EXPECT_FALSE(state->known);
  EXPECT_FALSE(state->layout);
}

TEST_F(States, KeepsTheLastGoodLayoutWhenTheNewOneIsDamaged) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  load("docs");
  objects.objects[layout_key("docs")] = "{";
  clock.advance(seconds(31));
  EXPECT_EQ(load("docs")->layout->shard_count, 4U);
}

TEST_F(States, IgnoresTheLayoutOfADeletedIncarnation) {
  objects.objects[layout_key("docs")] = R"({"shard_count":4,"incarnation":1})";
  objects.objects[tombstone_key("docs")] = R"({"incarnation":2,"deleted_at":5})";
  const auto state = load("docs");
  EXPECT_FALSE(state->layout);
  EXPECT_EQ(state->incarnation, 2U);
}

TEST_F(States, ForgetsWithTheNamespace) {
  load("docs");
  cache->set_id_type("docs", wire::IdType::kUuid);
  EXPECT_EQ(cache->known("docs")->id_type, wire::IdType::kUuid);
  objects.objects[layout_key("docs")] = R"({"shard_count":4})";
  cache->forget("docs");
  const auto state = load("docs");
  EXPECT_EQ(state->id_type, std::nullopt);
  EXPECT_TRUE(state->layout);
}

TEST_F(States, DropsWhatAReadBringsThatBeganBeforeForget) {
  objects.held = true;
  EXPECT_FALSE(cache->known("docs")->known);
  settle("docs", 1);
  cache->forget("docs");
  objects.held = false;
  EXPECT_TRUE(load("docs")->known);
  EXPECT_EQ(objects.reads[layout_key("docs")], 2);
}

TEST_F(States, SharesOneReadAmongConcurrentLookUps) {
  objects.held = true;
  std::vector<std::jthread> threads;
  std::atomic<int> found{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      found += async::run_blocking(loops.at(static_cast<std::size_t>(i % 2)), [&] {
                 return cache->load("docs");
               })->known;
    });
  }
  settle("docs", 1);
  objects.held = false;
  threads.clear();
  EXPECT_EQ(found, 4);
  EXPECT_EQ(objects.reads[layout_key("docs")], 1);
}

TEST_F(States, DoesNotLetASlowStoreHoldAWriteForLong) {
  make({.wait_max = std::chrono::milliseconds(5)});
  objects.held = true;
  EXPECT_FALSE(load("docs")->known);
  objects.held = false;
}

TEST_F(States, HoldsABoundedNumberOfNamespaces) {
  make({.entries_max = 32});
  for (int i = 0; i < 500; ++i) {
    load("n" + std::to_string(i));
  }
  EXPECT_LE(cache->size(), 32U);
  EXPECT_TRUE(cache->known("n499")->known);
}

TEST_F(States, QueuesReadsBeyondThoseThatRun) {
  make({.reads_max = 2, .reads_waiting_max = 1});
  objects.held = true;
  for (const char* ns : {"a", "b", "c", "d"}) {
    EXPECT_FALSE(cache->known(ns)->known);
  }
  settle("b", 1);
  EXPECT_EQ(objects.reads.count(layout_key("c")), 0U);
  objects.held = false;
  EXPECT_TRUE(load("c")->known);
  EXPECT_FALSE(cache->known("d")->known) << "there was no room for it in the queue";
}

TEST_F(States, NeverLooksUpWhatIsNoNamespace) {
  EXPECT_FALSE(cache->known("a/../b")->known);
  EXPECT_FALSE(load("..")->known);
  EXPECT_TRUE(objects.reads.empty());
  EXPECT_EQ(cache->size(), 0U);
}

TEST_F(States, StopsWithReadsUnderWay) {
  objects.held = true;
  EXPECT_FALSE(cache->known("docs")->known);
  settle("docs", 1);
  objects.held = false;
  cache->stop();
  EXPECT_FALSE(load("other")->known);
}

}  // namespace
}  // namespace layer::features::namespaces
