// What every kind of function queue says of itself: counts, lists, sweeps; and what it bounds.
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "queue/testing_functions.h"

namespace layer::queue {
namespace {

class FunctionListTest : public FunctionQueueTest {};

INSTANTIATE_TEST_SUITE_P(Kinds, FunctionListTest, ::testing::ValuesIn(queue_kinds()), queue_name);

TEST_P(FunctionListTest, counts_say_what_a_scaler_needs) {
  add_numbers(3);
  clock.advance(1s);
  add({key("late")});
  const auto held = claim("w", 2);
  fail({.lease = lease(held[0]), .kind = FailureKind::kThrottled, .retry_after = 600s});
  clock.advance(0ms);
  const FunctionCounts counted = counts();
  EXPECT_EQ(counted.pending, 3U);
  EXPECT_EQ(counted.leased, 1U);
  EXPECT_EQ(counted.due_soon, 2U) << "the throttled one waits longer";
  EXPECT_EQ(counted.depth(), 3U);
  EXPECT_EQ(counted.oldest_due_ms, clock.wall_ms() - 1000);
}

TEST_P(FunctionListTest, lists_come_in_pages_that_neither_repeat_nor_skip) {
  std::vector<ItemKey> keys;
  for (int i = 0; i < 30; ++i) {
    keys.push_back(key(fmt::format("id{}", i % 10), fmt::format("ns{}", i / 10),
                       i % 2 == 0 ? IdKind::kString : IdKind::kUint));
  }
  add(keys);
  std::ranges::sort(keys);
  std::vector<ItemKey> paged;
  std::optional<ItemKey> after;
  while (true) {
    const auto page = *run([&] { return queue.items("f", {}, after, 7); });
    if (page.empty()) {
      break;
    }
    for (const Item& each : page) {
      paged.push_back(each.key);
    }
    after = page.back().key;
  }
  EXPECT_EQ(paged, keys);
  const auto in_ns1 = *run([&] { return queue.items("f", {.ns = "ns1"}, {}, 100); });
  EXPECT_EQ(in_ns1.size(), 10U);
  claim("w", 5);
  EXPECT_EQ(run([&] { return queue.items("f", {.state = ItemState::kLeased}, {}, 100); })->size(),
            5U);
  EXPECT_TRUE(run([&] {
                return queue.items("f", {.state = ItemState::kFailed, .ns = "ns1"}, {}, 100);
              })->empty());
}

TEST_P(FunctionListTest, sweeps_are_kept_by_namespace_and_go_with_it) {
  const Sweep sweep{.ns = "docs",
                    .cursor = "17",
                    .completed = 3,
                    .failures = 2,
                    .started_at_ms = 5,
                    .error = "ä"};
  ASSERT_TRUE(run([&] { return queue.save_sweep("f", {.ns = "docs"}); }));
  ASSERT_TRUE(run([&] { return queue.save_sweep("f", sweep); }));
  ASSERT_TRUE(run([&] { return queue.save_sweep("f", {.ns = "other", .completed_at_ms = 9}); }));
  auto sweeps = *run([&] { return queue.sweeps("f"); });
  ASSERT_EQ(sweeps.size(), 2U);
  EXPECT_EQ(sweeps[0], sweep);
  EXPECT_EQ(sweeps[1].completed_at_ms, 9);
  make({.id = "g"});
  add({key("1"), key("2"), key("1", "other")});
  add({key("1")}, AddMode::kKeep, "g");
  EXPECT_EQ(*run([&] { return queue.drop_namespace("docs"); }), 3U);
  EXPECT_EQ(counts().pending, 1U);
  EXPECT_EQ(run([&] { return queue.sweeps("f"); })->size(), 1U);
}

TEST_P(FunctionListTest, calls_are_bounded) {
  const std::vector<ItemKey> many(kWorkBatchMax + 1, key("1"));
  EXPECT_EQ(run([&] { return queue.add("f", many, AddMode::kKeep); }).error().code,
            ErrorCode::kInvalidArgument);
  const std::string long_name(kWorkerBytesMax + 1, 'w');
  EXPECT_EQ(run([&] { return queue.claim({.function = "f", .worker = long_name}); }).error().code,
            ErrorCode::kInvalidArgument);
  add_numbers(1);
  const auto held = claim().at(0);
  fail({.lease = lease(held), .message = std::string(2 * kWorkMessageBytesMax, 'x')});
  EXPECT_EQ(item(held.key)->error.size(), kWorkMessageBytesMax);
  EXPECT_TRUE(run([&] { return queue.complete("f", "w", {}); })->empty());
}

TEST_P(FunctionListTest, a_full_batch_is_one_call) {
  add_numbers(static_cast<int>(kWorkBatchMax));
  const auto held = claim("w", kWorkBatchMax);
  ASSERT_EQ(held.size(), kWorkBatchMax);
  std::vector<ItemLease> leases;
  for (const ClaimedItem& each : held) {
    leases.push_back(lease(each));
  }
  const auto outcomes = *run([&] { return queue.complete("f", "w", leases); });
  EXPECT_EQ(outcomes, Outcomes(kWorkBatchMax));
  EXPECT_EQ(counts(), FunctionCounts{});
}

}  // namespace
}  // namespace layer::queue
