#include "cache/memory/memory_store.h"

#include <gtest/gtest.h>

#include <chrono>

#include "async/loops.h"
#include "async/run.h"
#include "cache/request_checks.h"

namespace layer::cache {
namespace {

using namespace std::chrono_literals;
using Kind = PutOutcome::Kind;

// Room for `records` records with a body of kBodyBytes, one shard.
constexpr std::size_t kBodyBytes = 1000;
constexpr std::size_t kRecordBytes = kBodyBytes + MemoryShard::kOverheadBytes + 2;

class MemoryStoreTest : public ::testing::Test {
 protected:
  static Put body(std::string key, std::chrono::milliseconds hold = 0ms) {
    Put put{.key = std::move(key), .hold = hold};
    put.bins[1] = std::make_shared<const std::string>(kBodyBytes, 'x');
    return put;
  }
  Kind put(Put one, std::string set = "s") {
    return async::run_blocking(loops.at(0), [&] { return store.put(set, {one}); })->at(0).kind;
  }
  std::optional<Record> get(std::string key, std::string set = "s") {
    return async::run_blocking(loops.at(0), [&] { return store.get(set, {key}, BinSet::all()); })
        ->at(0);
  }
  std::uint64_t losses(std::string set) {
    return *async::run_blocking(loops.at(0), [&] { return store.losses(set); });
  }

  async::Loops loops{1};
  core::ManualClock clock;
  MemoryStore store{5 * kRecordBytes, clock};
};

TEST_F(MemoryStoreTest, HandsOutTheBytesThatWerePut) {
  const Put one = body("k0");
  put(one);
  EXPECT_EQ(get("k0")->bins[1].get(), one.bins[1].get());
}

TEST_F(MemoryStoreTest, TheLeastRecentlyUsedGoesFirst) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(put(body("k" + std::to_string(i))), Kind::kDone);
    clock.advance(1ms);
  }
  clock.advance(kYouth);
  get("k0");
  const std::uint64_t before = losses("s");
  EXPECT_EQ(put(body("k5")), Kind::kDone);
  EXPECT_TRUE(get("k0"));
  EXPECT_FALSE(get("k1"));
  EXPECT_EQ(losses("s"), before + 1);
  EXPECT_LE(store.usage()->bytes, 5 * kRecordBytes);
}

TEST_F(MemoryStoreTest, WhatIsYoungIsNotEvictedAndPutsAreRefused) {
  for (int i = 0; i < 5; ++i) {
    put(body("k" + std::to_string(i)));
  }
  clock.advance(59s);
  EXPECT_EQ(put(body("k5")), Kind::kRefused);
  EXPECT_EQ(losses("s"), 0U);
  EXPECT_EQ(put(body("k0")), Kind::kDone) << "replacing takes no room";
  clock.advance(1s);
  EXPECT_EQ(put(body("k5")), Kind::kDone);
  EXPECT_TRUE(get("k0")) << "it became young again";
}

TEST_F(MemoryStoreTest, WhatIsHeldIsNotEvicted) {
  put(body("k0", 600s));
  for (int i = 1; i < 5; ++i) {
    put(body("k" + std::to_string(i)));
  }
  clock.advance(61s);
  for (int i = 5; i < 9; ++i) {
    EXPECT_EQ(put(body("k" + std::to_string(i))), Kind::kDone);
  }
  EXPECT_TRUE(get("k0"));
  EXPECT_EQ(put(body("k9")), Kind::kRefused);
  clock.advance(540s);
  EXPECT_EQ(put(body("k9")), Kind::kDone);
}

TEST_F(MemoryStoreTest, ALargerVersionOfARecordEvictsOthersNotItself) {
  for (int i = 0; i < 5; ++i) {
    put(body("k" + std::to_string(i)));
  }
  clock.advance(kYouth);
  Put large = body("k0");
  large.bins[3] = std::make_shared<const std::string>(kBodyBytes, 'y');
  EXPECT_EQ(put(large), Kind::kDone);
  EXPECT_TRUE(get("k0")->bins[3]);
  EXPECT_LE(store.usage()->bytes, 5 * kRecordBytes);
}

TEST_F(MemoryStoreTest, ARefusedPutChangesNothing) {
  for (int i = 0; i < 5; ++i) {
    put(body("k" + std::to_string(i)));
  }
  clock.advance(kYouth);
  Put huge = body("k0");
  huge.bins[3] = std::make_shared<const std::string>(10 * kRecordBytes, 'y');
  EXPECT_EQ(put(huge), Kind::kRefused);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(get("k" + std::to_string(i)));
  }
}

TEST_F(MemoryStoreTest, LossesAreCountedBySet) {
  put(body("k0"), "a");
  clock.advance(1s);
  for (int i = 1; i < 5; ++i) {
    put(body("k" + std::to_string(i)), "b");
  }
  clock.advance(kYouth);
  put(body("k5"), "b");
  EXPECT_GT(losses("a"), 0U);
  EXPECT_EQ(losses("b"), 0U);
}

TEST_F(MemoryStoreTest, AnExpiryIsCountedThoughNobodyLooks) {
  Put brief = body("k0");
  brief.ttl = 5s;
  put(brief);
  EXPECT_EQ(losses("s"), 0U);
  clock.advance(5s);
  EXPECT_EQ(losses("s"), 1U);
  EXPECT_EQ(store.usage()->bytes, 0U);
}

TEST(Later, NeverRunsOver) {
  const auto now = async::TimePoint(std::chrono::hours(1));
  EXPECT_EQ(later(now, kNoExpiry), async::TimePoint::max());
  EXPECT_EQ(later(now, kNoExpiry - 1ms), async::TimePoint::max());
  EXPECT_EQ(later(now, 5ms), now + 5ms);
}

TEST(LossCounters, ForgottenSetsNeverFallBack) {
  LossCounters losses;
  losses.note("first");
  const std::uint64_t before = losses.of("first");
  for (std::size_t i = 0; i <= LossCounters::kSetsMax; ++i) {
    losses.note("set " + std::to_string(i));
  }
  EXPECT_GT(losses.of("first"), before);
  const std::uint64_t forgotten = losses.of("first");
  losses.note("first");
  EXPECT_GT(losses.of("first"), forgotten);
}

}  // namespace
}  // namespace layer::cache
