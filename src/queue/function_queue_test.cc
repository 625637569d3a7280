// What every kind of function queue promises, run over each of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "queue/testing_functions.h"

namespace layer::queue {
namespace {

INSTANTIATE_TEST_SUITE_P(Kinds, FunctionQueueTest, ::testing::ValuesIn(queue_kinds()), queue_name);

TEST_P(FunctionQueueTest, functions_are_made_changed_listed_and_removed) {
  const auto taken = run([&] { return queue.create({.id = "f"}); });
  ASSERT_TRUE(taken);
  EXPECT_FALSE(*taken);
  const FunctionDefinition asked{.id = "g",
                                 .spec = R"({"a":"\u0000ä"})",
                                 .retry = {.attempts_max = 3, .initial = 1s, .longest = 9s},
                                 .paused = true};
  const auto made = run([&] { return queue.create(asked); });
  ASSERT_TRUE(made && *made);
  EXPECT_EQ((*made)->spec, asked.spec);
  EXPECT_EQ((*made)->retry, asked.retry);
  EXPECT_TRUE((*made)->paused);
  EXPECT_EQ((*made)->created_at_ms, clock.wall_ms());

  clock.advance(5s);
  const Function changed = make({.id = "g", .spec = "{}"});
  EXPECT_EQ(changed.spec, "{}");
  EXPECT_TRUE(changed.paused) << "what a change does not name stays";
  EXPECT_EQ(changed.created_at_ms + 5000, changed.updated_at_ms);
  EXPECT_FALSE(make({.id = "g", .paused = false}).paused);

  const auto all = run([&] { return queue.functions(); });
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->at(0).id, "f");
  EXPECT_EQ(all->at(1).id, "g");
  EXPECT_TRUE(*run([&] { return queue.remove("g"); }));
  EXPECT_FALSE(*run([&] { return queue.remove("g"); }));
  EXPECT_FALSE(*run([&] { return queue.find("g"); }));
  EXPECT_FALSE(*run([&] { return queue.pause("g", true); }));
}

TEST_P(FunctionQueueTest, a_removed_function_leaves_nothing_to_the_next_of_its_name) {
  add_numbers(3);
  const auto held = claim("w", 1);
  complete(lease(claim("w", 1).at(0)));
  ASSERT_TRUE(run([&] { return queue.save_sweep("f", {.ns = "docs", .cursor = "9"}); }));
  ASSERT_TRUE(*run([&] { return queue.remove("f"); }));
  EXPECT_EQ(complete(lease(held.at(0))), (Refusal{.disposition = Disposition::kStop}));
  EXPECT_EQ(run([&] { return queue.add("f", {key("1")}, AddMode::kKeep); }).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(run([&] { return queue.claim({.function = "f", .worker = "w"}); }).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(run([&] { return queue.save_sweep("f", {.ns = "docs"}); }).error().code,
            ErrorCode::kNotFound);
  make();
  EXPECT_EQ(counts(), FunctionCounts{});
  EXPECT_TRUE(run([&] { return queue.sweeps("f"); })->empty());
  EXPECT_TRUE(run([&] { return queue.rates("f"); })->empty());
}

TEST_P(FunctionQueueTest, an_item_is_added_once) {
  EXPECT_EQ(add({key("1"), key("2"), key("1")}), (Added{.added = 2}));
  EXPECT_EQ(add({key("2"), key("3")}), (Added{.added = 1}));
  EXPECT_EQ(add({key("1", "other"), key("1", "docs", IdKind::kString)}), (Added{.added = 2}));
  EXPECT_EQ(counts().pending, 5U);
}

TEST_P(FunctionQueueTest, ids_of_every_kind_come_back_as_they_were) {
  const std::vector<ItemKey> keys{
      key("18446744073709551615"),
      key("01890a5d-ac96-774b-bcce-b302099a8057", "docs", IdKind::kUuid),
      key(R"(a"b\c{,}')", "docs", IdKind::kString),
      key(std::string("a\0\1b", 4), "docs", IdKind::kString),
      key("ä€😀", "docs", IdKind::kString),
      key("", "docs", IdKind::kString)};
  add(keys);
  auto claimed = claim();
  ASSERT_EQ(claimed.size(), keys.size());
  for (const ItemKey& each : keys) {
    EXPECT_EQ(std::ranges::count(claimed, each, &ClaimedItem::key), 1) << each.id;
  }
  for (const ClaimedItem& each : claimed) {
    EXPECT_EQ(complete(lease(each)), std::nullopt);
  }
}

TEST_P(FunctionQueueTest, a_claim_takes_those_that_are_due_longest_for_a_while) {
  for (int i = 0; i < 5; ++i) {
    add({key(std::to_string(i))});
    clock.advance(1s);
  }
  const auto first = claim("w1", 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].key.id, "0");
  EXPECT_EQ(first[1].key.id, "1");
  EXPECT_EQ(first[0].until_ms, clock.wall_ms() + 120'000);
  EXPECT_EQ(first[0].attempts, 0U);
  const auto second = claim("w2");
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second[0].key.id, "2");
  EXPECT_GT(second[0].epoch, first[0].epoch);
  EXPECT_TRUE(claim("w3").empty());
  EXPECT_EQ(item(key("4"))->worker, "w2");
  EXPECT_EQ(item(key("4"))->state, ItemState::kLeased);
}

TEST_P(FunctionQueueTest, what_is_completed_is_gone_and_counted) {
  add_numbers(3);
  const auto claimed = claim();
  EXPECT_EQ(complete(lease(claimed[0])), std::nullopt);
  clock.advance(60s);
  EXPECT_EQ(complete(lease(claimed[1])), std::nullopt);
  EXPECT_EQ(complete(lease(claimed[2])), std::nullopt);
  EXPECT_EQ(counts(), FunctionCounts{});
  const auto rates = *run([&] { return queue.rates("f"); });
  ASSERT_EQ(rates.size(), 2U);
  EXPECT_EQ(rates[0].completed, 1U);
  EXPECT_EQ(rates[1].completed, 2U);
  EXPECT_EQ(rates[0].minute_ms + 60'000, rates[1].minute_ms);
  clock.advance(1h);
  reap();
  EXPECT_TRUE(run([&] { return queue.rates("f"); })->empty());
}

TEST_P(FunctionQueueTest, a_note_stays_with_the_claim_it_was_made_for) {
  add_numbers(2);
  const auto held = claim();
  const auto look = [&](std::vector<ItemLease> leases, std::string worker = "w") {
    return *run([&] { return queue.held("f", worker, leases); });
  };
  EXPECT_EQ(look({lease(held[0]), {.key = held[1].key}}), std::vector<HeldItem>(2));
  const std::vector<ItemNote> notes{
      {.lease = lease(held[0]), .note = R"(a "note" \ ä)"},
      {.lease = {.key = held[1].key, .epoch = held[1].epoch + 99}, .note = "lost"}};
  EXPECT_EQ(*run([&] { return queue.annotate("f", "w", notes); }),
            (Outcomes{std::nullopt, Refusal{.reason = Rejection::kStaleClaim}}));
  EXPECT_EQ(look({lease(held[0])}), (std::vector<HeldItem>{{.note = R"(a "note" \ ä)"}}));
  EXPECT_EQ(look({{.key = held[0].key}}, "other").at(0).refused->reason, Rejection::kClaimNotOwned);
  release(lease(held[0]));
  EXPECT_TRUE(look({lease(held[0])}).at(0).refused);
  const auto again = claim();
  EXPECT_EQ(look({lease(again.at(0))}), std::vector<HeldItem>(1));
  const std::vector<ItemNote> too_long{
      {.lease = lease(again[0]), .note = std::string(kNoteBytesMax + 1, 'x')}};
  EXPECT_EQ(run([&] { return queue.annotate("f", "w", too_long); }).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_P(FunctionQueueTest, what_is_dismissed_is_gone_and_not_counted) {
  add_numbers(2);
  const auto held = claim();
  add({held[1].key}, AddMode::kRenew);
  const auto outcomes =
      *run([&] { return queue.dismiss("f", "w", {lease(held[0]), lease(held[1])}); });
  EXPECT_EQ(outcomes, Outcomes(2));
  EXPECT_TRUE(run([&] { return queue.rates("f"); })->empty());
  EXPECT_EQ(claim().size(), 1U) << "a row that was written meanwhile is there again";
}

TEST_P(FunctionQueueTest, a_lease_that_was_lost_changes_nothing) {
  add_numbers(1);
  const auto lost = claim("w1").at(0);
  clock.advance(120s);
  EXPECT_TRUE(claim("w2").empty()) << "nobody took it back yet";
  EXPECT_EQ(reap(), (Reaped{.returned = 1}));
  EXPECT_EQ(item(lost.key)->attempts, 1U);
  EXPECT_EQ(item(lost.key)->error, "lease_expired");
  const Refusal waits{.reason = Rejection::kOwnershipLost, .disposition = Disposition::kReclaim};
  EXPECT_EQ(complete(lease(lost), "w1"), waits);
  EXPECT_EQ(extend(lease(lost), "w1"), waits);

  const auto taken = claim("w2").at(0);
  EXPECT_EQ(taken.attempts, 1U);
  const Refusal stale{.reason = Rejection::kStaleClaim, .disposition = Disposition::kDiscard};
  EXPECT_EQ(complete(lease(lost), "w1"), stale);
  EXPECT_EQ(extend(lease(lost), "w1"), stale);
  EXPECT_EQ(release(lease(lost), "w1"), stale);
  EXPECT_EQ(fail({.lease = lease(lost), .kind = FailureKind::kPermanent}, "w1"), stale);
  EXPECT_EQ(counts().leased, 1U);
  EXPECT_EQ(complete(lease(taken), "w2"), std::nullopt);
  EXPECT_EQ(complete(lease(taken), "w2"), Refusal{});
}

TEST_P(FunctionQueueTest, without_a_lease_only_its_holder_may_answer_and_only_while_it_lasts) {
  add_numbers(1);
  const auto held = claim("w1").at(0);
  EXPECT_EQ(complete({.key = held.key}, "w2"),
            (Refusal{.reason = Rejection::kClaimNotOwned, .disposition = Disposition::kDiscard}));
  EXPECT_EQ(extend({.key = held.key}, "w1"), std::nullopt);
  clock.advance(121s);
  EXPECT_EQ(complete({.key = held.key}, "w1"),
            (Refusal{.reason = Rejection::kOwnershipLost, .disposition = Disposition::kDiscard}));
  EXPECT_EQ(complete({.key = held.key, .epoch = held.epoch}, "w1"), std::nullopt)
      << "a lease that nobody took over is good";
}

TEST_P(FunctionQueueTest, an_item_that_went_and_came_back_is_not_the_same) {
  add_numbers(1);
  const auto before = claim("w").at(0);
  EXPECT_EQ(*run([&] { return queue.drop("f", {before.key, key("77")}); }), 1U);
  add_numbers(1);
  const auto after = claim("w").at(0);
  EXPECT_GT(after.epoch, before.epoch);
  EXPECT_EQ(complete(lease(before))->reason, Rejection::kStaleClaim);
  EXPECT_EQ(complete(lease(after)), std::nullopt);
}

TEST_P(FunctionQueueTest, a_kept_lease_lasts) {
  add_numbers(1);
  const auto held = claim().at(0);
  for (int i = 0; i < 5; ++i) {
    clock.advance(100s);
    EXPECT_EQ(extend(lease(held)), std::nullopt);
    EXPECT_EQ(reap(), Reaped{});
  }
}

TEST_P(FunctionQueueTest, a_transient_failure_waits_longer_each_time_and_ends) {
  make({.id = "f", .retry = {.attempts_max = 4, .initial = 5s, .longest = 15s}});
  add_numbers(1);
  const std::vector<std::chrono::milliseconds> waits{5s, 10s, 15s};
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const auto held = claim().at(0);
    EXPECT_EQ(held.attempts, i);
    EXPECT_EQ(fail({.lease = lease(held), .message = "no"}), std::nullopt);
    clock.advance(waits[i] - 1ms);
    EXPECT_TRUE(claim().empty());
    clock.advance(1ms);
  }
  const auto last = claim().at(0);
  EXPECT_EQ(fail({.lease = lease(last), .message = "never"}), std::nullopt);
  clock.advance(1h);
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(item(last.key)->state, ItemState::kFailed);
  EXPECT_EQ(item(last.key)->attempts, 4U);
  EXPECT_EQ(item(last.key)->error, "never");
  EXPECT_EQ(run([&] { return queue.rates("f"); })->size(), 0U) << "counted an hour ago";

  EXPECT_EQ(*run([&] { return queue.reset_failed("f"); }), 1U);
  EXPECT_EQ(claim().at(0).attempts, 0U);
}

TEST_P(FunctionQueueTest, the_wait_is_scattered_as_the_caller_says) {
  add_numbers(1);
  const auto held = claim().at(0);
  fail({.lease = lease(held), .jitter_permille = 1200});
  EXPECT_EQ(item(held.key)->due_at_ms, clock.wall_ms() + 6000);
}

TEST_P(FunctionQueueTest, a_permanent_failure_ends_at_once) {
  add_numbers(2);
  const auto held = claim();
  EXPECT_EQ(fail({.lease = lease(held[0]),
                  .kind = FailureKind::kPermanent,
                  .message = std::string("bad \xff\0 text", 11)}),
            std::nullopt);
  EXPECT_EQ(item(held[0].key)->state, ItemState::kFailed);
  EXPECT_EQ(counts().failed, 1U);
  EXPECT_EQ(run([&] { return queue.rates("f"); })->at(0).failed, 1U);
  const Refusal over{.reason = Rejection::kOwnershipLost, .disposition = Disposition::kDiscard};
  EXPECT_EQ(complete(lease(held[0])), over);
}

TEST_P(FunctionQueueTest, throttling_and_release_never_burn_an_attempt) {
  make({.id = "f", .retry = {.attempts_max = 1}});
  add_numbers(1);
  for (int i = 0; i < 20; ++i) {
    const auto held = claim();
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].attempts, 0U);
    if (i % 2 == 0) {
      EXPECT_EQ(release(lease(held[0])), std::nullopt);
    } else {
      EXPECT_EQ(fail({.lease = lease(held[0]), .kind = FailureKind::kThrottled, .retry_after = 2s}),
                std::nullopt);
      clock.advance(2s);
    }
  }
}

TEST_P(FunctionQueueTest, where_all_are_throttled_the_function_waits) {
  add_numbers(4);
  const auto held = claim("w", 3);
  const auto throttled = [&](std::size_t i, std::chrono::milliseconds wait) {
    return ItemFailure{
        .lease = lease(held[i]), .kind = FailureKind::kThrottled, .retry_after = wait};
  };
  ASSERT_TRUE(
      run([&] { return queue.fail("f", "w", {throttled(0, 3s), {.lease = lease(held[1])}}); }));
  EXPECT_EQ(claim_all("w", 1).throttled_for, 0ms) << "one of them failed for another reason";

  // Somebody who holds nothing throttles nothing.
  ASSERT_TRUE(run([&] { return queue.fail("f", "w", {throttled(0, 600s)}); }));
  EXPECT_EQ(claim_all("w", 1).throttled_for, 0ms);

  ASSERT_TRUE(run([&] { return queue.fail("f", "w", {throttled(2, 30s)}); }));
  clock.advance(10s);
  const ClaimedItems none = claim_all();
  EXPECT_TRUE(none.items.empty());
  EXPECT_EQ(none.throttled_for, 20s);
  EXPECT_EQ(run([&] { return queue.find("f"); }).value()->throttled_until_ms,
            clock.wall_ms() + 20'000);
  clock.advance(20s);
  EXPECT_EQ(claim().size(), 3U);
}

TEST_P(FunctionQueueTest, nothing_is_claimed_while_paused_but_what_is_held_may_end) {
  add_numbers(2);
  const auto held = claim("w", 1).at(0);
  ASSERT_TRUE(run([&] { return queue.pause("f", true); }).value()->paused);
  EXPECT_TRUE(claim_all().paused);
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(complete(lease(held)), std::nullopt);
  EXPECT_EQ(complete(lease(held))->disposition, Disposition::kStop);
  run([&] { return queue.pause("f", false); });
  EXPECT_EQ(claim().size(), 1U);
}

TEST_P(FunctionQueueTest, a_row_that_changes_while_it_is_worked_on_comes_again) {
  add_numbers(1);
  const auto held = claim().at(0);
  EXPECT_EQ(add({held.key}), Added{}) << "a sweep leaves it alone";
  EXPECT_EQ(add({held.key}, AddMode::kRenew), (Added{.renewed = 1}));
  EXPECT_EQ(complete(lease(held)), std::nullopt);
  const auto again = claim();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempts, 0U);
  EXPECT_EQ(complete(lease(again[0])), std::nullopt);
  EXPECT_EQ(counts(), FunctionCounts{});

  add_numbers(1);
  const auto failing = claim().at(0);
  add({failing.key}, AddMode::kRenew);
  fail({.lease = lease(failing), .kind = FailureKind::kPermanent});
  EXPECT_EQ(item(failing.key)->state, ItemState::kPending)
      << "it failed for what the row was, not for what it is";
}

TEST_P(FunctionQueueTest, a_failed_row_that_changes_is_tried_again) {
  add_numbers(1);
  const auto held = claim().at(0);
  fail({.lease = lease(held), .kind = FailureKind::kPermanent});
  EXPECT_EQ(add({held.key}), Added{});
  EXPECT_EQ(counts().failed, 1U);
  EXPECT_EQ(add({held.key}, AddMode::kRenew), (Added{.renewed = 1}));
  EXPECT_EQ(claim().at(0).attempts, 0U);
}

TEST_P(FunctionQueueTest, leases_that_run_out_count_and_end) {
  make({.id = "f", .retry = {.attempts_max = 2}});
  add_numbers(1);
  claim();
  clock.advance(120s);
  EXPECT_EQ(reap(), (Reaped{.returned = 1}));
  EXPECT_EQ(claim().size(), 1U);
  clock.advance(120s);
  EXPECT_EQ(reap(), (Reaped{.failed = 1}));
  EXPECT_EQ(reap(), Reaped{});
  EXPECT_EQ(counts().failed, 1U);
  EXPECT_EQ(run([&] { return queue.rates("f"); })->at(0).failed, 1U);
}

TEST_P(FunctionQueueTest, the_reaper_takes_no_more_than_it_is_told) {
  add_numbers(10);
  claim();
  clock.advance(120s);
  EXPECT_EQ(run([&] { return queue.reap(4); })->returned, 4U);
  EXPECT_EQ(run([&] { return queue.reap(100); })->returned, 6U);
}

}  // namespace
}  // namespace layer::queue
