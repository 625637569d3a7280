#include "cache/aerospike/cluster.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/task_group.h"
#include "cache/aerospike/test_world.h"

namespace layer::cache::aerospike {
namespace {

using testing::eventually;
using testing::Mood;
using testing::put_of;
using testing::TestWorld;

std::vector<std::string> keys(std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(fmt::format("key {}", i));
  }
  return made;
}

std::vector<Put> puts(std::size_t count) {
  std::vector<Put> made;
  for (const std::string& key : keys(count)) {
    made.push_back(put_of(key, "body of " + key));
  }
  return made;
}

// Whether every node has been found: requests for many keys reach all of them.
bool reaches_all(TestWorld& world, std::size_t nodes) {
  return eventually([&] {
    const auto got = world.get(keys(200));
    bool all = got.has_value();
    for (std::size_t i = 0; i < nodes; ++i) {
      all = all && world.server.requests(i) > 0;
    }
    return all;
  });
}

TEST(Cluster, IsFoundFromOneSeed) {
  TestWorld world({.nodes = 3});
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put(puts(200)));
  EXPECT_TRUE(reaches_all(world, 3));
}

TEST(Cluster, AsksEachMasterForItsOwn) {
  TestWorld world({.nodes = 3});
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put(puts(200)));
  ASSERT_TRUE(reaches_all(world, 3));
  world.server.give_all_to(2);
  EXPECT_TRUE(eventually([&] {
    const std::size_t before = world.server.requests(0) + world.server.requests(1);
    const auto got = world.get(keys(200));
    return got && world.server.requests(0) + world.server.requests(1) == before;
  })) << "the partitions have moved";
  const auto got = world.get(keys(200));
  ASSERT_TRUE(got);
  for (const auto& record : *got) {
    EXPECT_TRUE(record);
  }
}

TEST(Cluster, GoesOnWithoutANodeThatDied) {
  TestWorld world({.nodes = 3});
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put(puts(200)));
  ASSERT_TRUE(reaches_all(world, 3));
  const std::uint64_t before = world.store->connection_generation();
  world.server.kill(1);
  EXPECT_TRUE(eventually([&] { return world.get(keys(200)).has_value(); }));
  EXPECT_TRUE(eventually([&] { return world.store->connection_generation() > before; }))
      << "the node may have had what others have not";
  const std::uint64_t without = world.store->connection_generation();
  const std::size_t asked = world.server.requests(1);
  world.server.revive(1);
  EXPECT_TRUE(eventually(
      [&] { return world.get(keys(200)).has_value() && world.server.requests(1) > asked; }));
  EXPECT_GT(world.store->connection_generation(), without);
}

TEST(Cluster, ThatIsGoneIsUnavailableUntilItIsBack) {
  TestWorld world;
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  world.server.kill(0);
  EXPECT_TRUE(eventually([&] { return !world.store->connected(); }));
  const auto got = world.get({"k"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(world.store->last_error().empty());
  const std::uint64_t before = world.store->connection_generation();
  world.server.revive(0);
  EXPECT_TRUE(eventually([&] { return world.body("k") == "body"; }));
  EXPECT_GT(world.store->connection_generation(), before);
}

TEST(Cluster, ThatIsNotThereYetIsNoError) {
  TestWorld world;
  const auto port = world.server.port(0);
  world.server.kill(0);
  auto late = world.open_another();
  const auto got = world.run([&] { return late->get("set", {"k"}, BinSet::all()); });
  EXPECT_FALSE(got);
  world.server.revive(0);
  EXPECT_EQ(world.server.port(0), port);
  EXPECT_TRUE(world.connects(*late));
  late->stop();
}

TEST(Cluster, OfAnotherNameIsRefused) {
  TestWorld world({}, [](AerospikeOptions& options) { options.cluster_name = "mine"; });
  EXPECT_TRUE(eventually([&] {
    return world.store->last_error().find("belongs to the cluster 'test', not to 'mine'") !=
           std::string::npos;
  }));
  EXPECT_FALSE(world.store->connected());
}

TEST(Cluster, WithoutOurNamespaceIsRefused) {
  TestWorld world({}, [](AerospikeOptions& options) { options.ns = "elsewhere"; });
  EXPECT_TRUE(eventually([&] {
    return world.store->last_error().find("has no namespace 'elsewhere'") != std::string::npos;
  }));
}

// What a node in a bad mood does to an operation, and that it is over when the mood is.
class Moods : public ::testing::TestWithParam<Mood> {};

TEST_P(Moods, AreTypedErrorsAndPass) {
  TestWorld world;
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  ASSERT_EQ(world.body("k"), "body");
  world.server.mood(0, GetParam());
  const auto typed = [](const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kIo;
  };
  const auto got = world.get({"k"});
  ASSERT_FALSE(got);
  EXPECT_TRUE(typed(got.error())) << got.error().message;
  const auto many = world.get({"k", "l", "m"});
  ASSERT_FALSE(many);
  EXPECT_TRUE(typed(many.error())) << many.error().message;
  const auto put = world.put({put_of("k", "other")});
  ASSERT_FALSE(put);
  EXPECT_TRUE(typed(put.error())) << put.error().message;
  const auto page = world.run([&] { return world.store->scan("set", "", 10, BinSet::all()); });
  ASSERT_FALSE(page);
  EXPECT_TRUE(typed(page.error())) << page.error().message;
  world.server.mood(0, Mood::kWell);
  EXPECT_TRUE(eventually([&] { return !world.body("k").empty(); }));
}

INSTANTIATE_TEST_SUITE_P(All, Moods,
                         ::testing::Values(Mood::kHangUp, Mood::kCutOff, Mood::kGarbage,
                                           Mood::kHuge));

TEST(Cluster, ThatIsSilentIsGivenUpInTime) {
  TestWorld world({}, [](AerospikeOptions& options) {
    options.operation_time_max = std::chrono::milliseconds(300);
  });
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(eventually([&] { return world.body("k") == "(absent)"; }));
  ASSERT_TRUE(eventually([&] { return world.put({put_of("k", "body")}).has_value(); }));
  world.server.mood(0, Mood::kSilent);
  const std::uint64_t before = world.store->connection_generation();
  const auto got = world.get({"k"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(eventually([&] { return world.store->connection_generation() > before; }))
      << "what became of operations in flight is not known";
  world.server.mood(0, Mood::kWell);
  EXPECT_TRUE(eventually([&] { return world.body("k") == "body"; }));
}

TEST(Cluster, OperationsThatAreCancelledLeaveNothingBehind) {
  TestWorld world;
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  ASSERT_EQ(world.body("k"), "body");
  world.server.mood(0, Mood::kSilent);
  const std::size_t before = world.server.requests(0);
  async::TaskGroup group(world.loops.at(1));
  const auto reader = [&]() -> async::Task<> {
    try {
      (void)co_await world.store->get("set", {"k"}, BinSet::all());
    } catch (const boost::system::system_error&) {
      // A cancelled task ends where it waits.
    }
  };
  async::run_blocking(world.loops.at(1), [&]() -> async::Task<> {
    group.spawn(reader());
    group.spawn(reader());
    co_return;
  });
  ASSERT_TRUE(eventually([&] { return world.server.requests(0) >= before + 2; }));
  async::run_blocking(world.loops.at(1), [&]() -> async::Task<> {
    group.cancel();
    co_await group.join();
  });
  EXPECT_EQ(world.store->inflight(), 0U);
  world.server.mood(0, Mood::kWell);
  EXPECT_TRUE(eventually([&] { return world.body("k") == "body"; }));
}

TEST(Cluster, ConnectionsAreBoundedAndShared) {
  TestWorld world({}, [](AerospikeOptions& options) { options.connections_max = 2; });
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  std::atomic<int> served{0};
  async::TaskGroup group(world.loops.at(0));
  const auto reader = [&]() -> async::Task<> {
    const auto got = co_await world.store->get("set", {"k"}, BinSet::all());
    served += got && got->at(0) ? 1 : 0;
  };
  async::run_blocking(world.loops.at(0), [&]() -> async::Task<> {
    for (int i = 0; i < 100; ++i) {
      group.spawn(reader());
    }
    co_await group.join();
  });
  EXPECT_EQ(served, 100);
  EXPECT_LE(world.server.connections(0), 3U)
      << "two, and one to the seed before its name was known";
}

TEST(Cluster, TooManyThatWaitAreRefused) {
  TestWorld world({}, [](AerospikeOptions& options) {
    options.connections_max = 1;
    options.waiting_max = 1;
    options.tend_period = std::chrono::hours(1);  // it needs connections too
  });
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  std::atomic<int> refused{0};
  async::TaskGroup group(world.loops.at(0));
  const auto reader = [&]() -> async::Task<> {
    const auto got = co_await world.store->get("set", {"k"}, BinSet::all());
    refused += !got && got.error().code == ErrorCode::kUnavailable ? 1 : 0;
  };
  async::run_blocking(world.loops.at(0), [&]() -> async::Task<> {
    for (int i = 0; i < 10; ++i) {
      group.spawn(reader());
    }
    co_await group.join();
  });
  EXPECT_EQ(refused, 8);
}

}  // namespace
}  // namespace layer::cache::aerospike
