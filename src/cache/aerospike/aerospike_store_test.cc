#include "cache/aerospike/aerospike_store.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "cache/aerospike/record.h"
#include "cache/aerospike/test_world.h"

namespace layer::cache::aerospike {
namespace {

using Kind = PutOutcome::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
using testing::put_of;
using testing::TestWorld;

class AerospikeStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world.connects()); }

  PutOutcome put(Put one) {
    const auto outcomes = world.put({std::move(one)});
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    return outcomes ? outcomes->front() : PutOutcome{};
  }
  std::uint64_t losses() {
    return world.run([&] { return world.store->losses("set"); }).value();
  }

  TestWorld world{{.nodes = 2}};
};

TEST_F(AerospikeStoreTest, PutsAreRefusedWhileTheServerStopsWrites) {
  const auto seen = put(put_of("k", "before"));
  world.server.records().stop_writes(true);
  EXPECT_EQ(put(put_of("k", "x")).kind, Kind::kRefused);
  EXPECT_EQ(put(put_of("k", "x", Condition::matches(seen.version))).kind, Kind::kRefused);
  const auto elsewhere = world.run([&] { return world.store->put("new set", {put_of("k", "x")}); });
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->front().kind, Kind::kRefused) << "not even a set can be chosen";
  EXPECT_EQ(world.body("k"), "before");
  EXPECT_GE(world.store->refused(), 3U);
  world.server.records().stop_writes(false);
  EXPECT_EQ(put(put_of("k", "after")).kind, Kind::kDone);
}

TEST_F(AerospikeStoreTest, ARecordLargerThanTheServersIsRefusedAlone) {
  const std::string large(world.options.record_bytes_max, 'x');
  const auto outcomes = world.put({put_of("a", "small"), put_of("b", large), put_of("c", "small")});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).kind, Kind::kDone);
  EXPECT_EQ(outcomes->at(1).kind, Kind::kRefused);
  EXPECT_EQ(outcomes->at(2).kind, Kind::kDone);
  EXPECT_EQ(world.body("b"), "(absent)");
  EXPECT_EQ(world.body("c"), "small");
}

TEST_F(AerospikeStoreTest, PutsOfOneKeyInOneCallKeepTheirOrder) {
  std::vector<Put> puts;
  for (int i = 0; i < 20; ++i) {
    puts.push_back(put_of("k", std::to_string(i)));
  }
  ASSERT_TRUE(world.put(puts));
  EXPECT_EQ(world.body("k"), "19");
}

TEST_F(AerospikeStoreTest, LargePutsGoInSeveralRequests) {
  std::vector<Put> puts;
  const std::string body(900'000, 'b');
  for (int i = 0; i < 20; ++i) {
    puts.push_back(put_of(std::to_string(i), body));
  }
  const auto outcomes = world.put(puts);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(world.body(std::to_string(i)), body);
  }
}

// The hazard that versions are made for: a record expires, another takes its place with the same
// generation, and somebody still holds the version of the first.
TEST_F(AerospikeStoreTest, TheVersionOfAnExpiredRecordDoesNotFitTheNextOne) {
  Put brief = put_of("k", "first");
  brief.ttl = seconds(1);
  const auto first = put(brief);
  world.server.records().advance(seconds(2));
  const auto second = put(put_of("k", "second", Condition::absent()));
  ASSERT_EQ(second.kind, Kind::kDone);
  EXPECT_EQ(generation_of(first.version), generation_of(second.version));
  EXPECT_EQ(put(put_of("k", "late", Condition::matches(first.version))).kind, Kind::kConflict);
  EXPECT_EQ(world.body("k"), "second");
}

TEST_F(AerospikeStoreTest, AHeldRecordIsNotEvicted) {
  Put held = put_of("held", "lease");
  held.ttl = seconds(1);
  held.hold = std::chrono::hours(1);
  put(held);
  for (int i = 0; i < 5; ++i) {
    Put other = put_of(std::to_string(i), "x");
    other.ttl = std::chrono::hours(24);
    put(other);
  }
  const std::uint64_t before = losses();
  while (world.server.records().evict_one()) {
  }
  EXPECT_EQ(world.body("held"), "lease");
  EXPECT_EQ(world.body("0"), "(absent)");
  EXPECT_GE(losses(), before + 5);
}

TEST_F(AerospikeStoreTest, WhenTheHoldIsOverTheRecordExpires) {
  put(put_of("lasts", "x"));
  const std::size_t lasting = world.server.records().lasting();
  Put held = put_of("held", "lease");
  held.ttl = seconds(60);
  held.hold = milliseconds(1);
  put(held);
  EXPECT_TRUE(eventually([&] { return world.server.records().lasting() == lasting; }));
  EXPECT_EQ(world.body("held"), "lease");
  world.server.records().advance(seconds(61));
  EXPECT_EQ(world.body("held"), "(absent)");
  EXPECT_EQ(world.body("lasts"), "x");
}

TEST_F(AerospikeStoreTest, APutWithoutHoldEndsTheHold) {
  Put held = put_of("k", "lease");
  held.hold = std::chrono::hours(1);
  put(held);
  Put settled = put_of("k", "row");
  settled.ttl = seconds(5);
  put(settled);
  world.server.records().advance(seconds(6));
  EXPECT_EQ(world.body("k"), "(absent)");
}

TEST_F(AerospikeStoreTest, ExpiriesRiseInLosses) {
  Put brief = put_of("k", "x");
  brief.ttl = seconds(1);
  put(brief);
  const std::uint64_t before = losses();
  world.server.records().advance(seconds(2));
  EXPECT_GT(losses(), before);
  EXPECT_EQ(losses(), losses());
}

TEST_F(AerospikeStoreTest, GatewaysAgreeWhereASetIs) {
  world.options.own_sets_max = 0;
  auto full = world.open_another();
  world.options.own_sets_max = 1000;
  auto roomy = world.open_another();
  ASSERT_TRUE(world.connects(*full) && world.connects(*roomy));
  for (const std::string set : {"one", "two"}) {
    AerospikeStore& first = set == "one" ? *full : *roomy;
    AerospikeStore& second = set == "one" ? *roomy : *full;
    ASSERT_TRUE(world.run([&] { return first.put(set, {put_of("k", set)}); }));
    const auto got = world.run([&] { return second.get(set, {"k"}, BinSet::all()); });
    ASSERT_TRUE(got && got->at(0)) << set;
    const auto again =
        world.run([&] { return second.put(set, {put_of("k", "x", Condition::absent())}); });
    ASSERT_TRUE(again);
    EXPECT_EQ(again->front().kind, Kind::kConflict) << set;
  }
  full->stop();
  roomy->stop();
}

TEST_F(AerospikeStoreTest, NamesThatNoSetCanHaveShare) {
  EXPECT_TRUE(can_have_own_set(std::string(kSetNameBytesMax, 's')));
  EXPECT_FALSE(can_have_own_set(std::string(kSetNameBytesMax + 1, 's')));
  EXPECT_FALSE(can_have_own_set("a:b"));
  EXPECT_FALSE(can_have_own_set("a;b"));
  const std::string name(kSetBytesMax, 'n');
  ASSERT_TRUE(world.run([&] { return world.store->put(name, {put_of("k", "x")}); }));
  EXPECT_EQ(world.run([&] { return world.store->count(name); }).value(), 1U);
  const auto sets = world.server.records().sets();
  EXPECT_TRUE(sets.contains(shared_place(name).set));
}

TEST_F(AerospikeStoreTest, ReadingASetThatNobodyFilledMakesNone) {
  EXPECT_EQ(world.run([&] { return world.store->count("nothing"); }).value(), 0U);
  EXPECT_TRUE(world.run([&] { return world.store->truncate("nothing"); }));
  EXPECT_TRUE(world.run([&] { return world.store->remove("nothing", {"k"}); }));
  const auto page = world.run([&] { return world.store->scan("nothing", "", 10, BinSet::all()); });
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->records.empty() && page->cursor.empty());
  EXPECT_TRUE(world.server.records().sets().empty());
}

TEST_F(AerospikeStoreTest, AForeignCursorIsRefused) {
  put(put_of("k", "x"));
  for (const std::string cursor : {"x", "garbage that is longer than a cursor's head"}) {
    const auto page =
        world.run([&] { return world.store->scan("set", cursor, 10, BinSet::all()); });
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(AerospikeStoreTest, AScanGoesOnAcrossAMoveOfPartitions) {
  std::vector<Put> puts;
  for (int i = 0; i < 300; ++i) {
    puts.push_back(put_of(std::to_string(i), "x"));
  }
  ASSERT_TRUE(world.put(puts));
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = world.run([&] { return world.store->scan("set", cursor, 20, BinSet{}); });
    if (!page) {  // a node that is asked for what it has given away
      EXPECT_EQ(page.error().code, ErrorCode::kUnavailable) << page.error().message;
      continue;
    }
    for (const ScannedRecord& record : page->records) {
      EXPECT_TRUE(seen.insert(record.key).second) << record.key;
    }
    cursor = page->cursor;
    if (++pages % 4 == 0) {
      world.server.give_all_to(static_cast<std::size_t>(pages / 4 % 2));
    }
  } while (!cursor.empty() || pages == 0);
  EXPECT_EQ(seen.size(), 300U);
}

TEST(HoldsTest, LetGoInTheOrderOfTheirEnd) {
  Holds holds;
  const auto start = async::SteadyClock::now();
  const auto held = [&](char name, int until) {
    Holds::Held one{.set = "s", .version = 1, .until = start + seconds(until)};
    one.digest.fill(name);
    return one;
  };
  holds.hold(held('a', 10));
  holds.hold(held('b', 5));
  holds.hold(held('a', 20));
  EXPECT_EQ(holds.size(), 2U) << "the later hold replaces the earlier one";
  EXPECT_TRUE(holds.due(start + seconds(4), 10).empty());
  const auto due = holds.due(start + seconds(10), 10);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due.front().digest, held('b', 5).digest);
  holds.forget(held('a', 20).digest);
  EXPECT_EQ(holds.size(), 0U);
}

TEST(HoldsTest, EndEarlyWhereThereAreTooMany) {
  Holds holds;
  const auto until = async::SteadyClock::now() + seconds(100);
  for (std::size_t i = 0; i < Holds::kHoldsMax + 3; ++i) {
    Holds::Held one{.set = "s", .version = i, .until = until};
    std::memcpy(one.digest.data(), &i, sizeof i);
    holds.hold(one);
  }
  const auto due = holds.due(async::SteadyClock::now(), 10);
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due.front().version, 0U) << "the oldest first";
  EXPECT_EQ(holds.size(), Holds::kHoldsMax);
}

TEST(LossTallyTest, OnlyRises) {
  LossTally tally;
  const std::uint64_t start = tally.observe({{"a", 10}, {"b", 5}}, 1);
  EXPECT_EQ(tally.observe({{"a", 10}, {"b", 5}}, 1), start);
  const std::uint64_t more = tally.observe({{"a", 12}, {"b", 5}}, 1);
  EXPECT_EQ(more, start + 2);
  const std::uint64_t restarted = tally.observe({{"a", 0}, {"b", 5}}, 1);
  EXPECT_GT(restarted, more);
  EXPECT_GT(tally.observe({{"a", 0}}, 2), restarted) << "a node is gone";
}

}  // namespace
}  // namespace layer::cache::aerospike
