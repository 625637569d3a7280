// Function queues under random work: beside a model that is too simple to be wrong, and by many at
// once. Seeds are printed; LAYER_TEST_SEED repeats one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include "queue/testing_queues.h"

namespace layer::queue {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSteps = 300;
constexpr std::size_t kKeys = 24;
const RetryPolicy kPolicy{.attempts_max = 3, .initial = 5s, .longest = 8s};

std::uint64_t seed() {
  const char* given = std::getenv("LAYER_TEST_SEED");
  const std::uint64_t value =
      given != nullptr ? std::strtoull(given, nullptr, 10) : core::random_u64();
  fmt::print("seed {}\n", value);
  return value;
}

ItemKey key(std::size_t number) {
  return {.ns = number % 2 == 0 ? "even" : "odd",
          .id_kind = IdKind::kUint,
          .id = std::to_string(number)};
}

struct ModelItem {
  ItemState state = ItemState::kPending;
  std::uint32_t attempts = 0;
  std::int64_t due_at = 0;
  std::uint64_t epoch = 0;
  std::string worker{};
  bool renewed = false;
};

class WorkModelTest : public QueueTest {
 protected:
  WorkModelTest() {
    EXPECT_TRUE(run([&] { return queue.put({.id = "f", .retry = kPolicy}); }));
  }

  std::size_t below(std::size_t end) { return random() % end; }

  // The lease that a careless worker names: its own, an old one, none, or a wrong one.
  ItemLease some_lease() {
    if (!seen.empty() && below(4) != 0) {
      return seen[below(seen.size())];
    }
    return {.key = key(below(kKeys)), .epoch = below(2) == 0 ? 0 : below(50) + 1};
  }
  bool owns(const ItemLease& lease, const std::string& worker) {
    const auto found = model.find(lease.key);
    if (found == model.end() || found->second.state != ItemState::kLeased) {
      return false;
    }
    const ModelItem& item = found->second;
    return lease.epoch != 0 ? item.epoch == lease.epoch
                            : item.worker == worker && item.due_at > clock.wall_ms();
  }
  void to_pending(ModelItem& item, std::int64_t wait = 0) {
    item.state = ItemState::kPending;
    item.due_at = clock.wall_ms() + wait;
    item.renewed = false;
  }
  void count_attempt(ModelItem& item, bool final, std::int64_t wait_unit) {
    if (item.renewed) {
      item.attempts = 0;
      to_pending(item);
      return;
    }
    ++item.attempts;
    std::int64_t wait = wait_unit;
    for (std::uint32_t i = 1; i < item.attempts; ++i) {
      wait = std::min<std::int64_t>(wait * 2, kPolicy.longest.count());
    }
    to_pending(item, wait);
    if (final || item.attempts >= kPolicy.attempts_max) {
      item.state = ItemState::kFailed;
    }
  }

  void add() {
    const ItemKey what = key(below(kKeys));
    const bool renew = below(2) == 0;
    const auto added =
        *run([&] { return queue.add("f", {what}, renew ? AddMode::kRenew : AddMode::kKeep); });
    const auto [at, fresh] = model.try_emplace(what, ModelItem{.due_at = clock.wall_ms()});
    ModelItem& item = at->second;
    bool renewed = false;
    if (!fresh && renew && item.state == ItemState::kFailed) {
      item.attempts = 0;
      to_pending(item);
      renewed = true;
    } else if (!fresh && renew && item.state == ItemState::kLeased && !item.renewed) {
      item.renewed = renewed = true;
    }
    EXPECT_EQ(added, (Added{.added = fresh ? 1U : 0U, .renewed = renewed ? 1U : 0U}));
  }
  void claim() {
    const std::string worker = fmt::format("w{}", below(3));
    const std::size_t limit = below(5) + 1;
    const auto claimed = *run([&] {
      return queue.claim({.function = "f", .worker = worker, .limit = limit, .lease_for = 10s});
    });
    std::size_t due = 0;
    const bool closed = paused || throttled_until > clock.wall_ms();
    for (const auto& [each, item] : model) {
      due += !closed && item.state == ItemState::kPending && item.due_at <= clock.wall_ms() ? 1 : 0;
    }
    EXPECT_EQ(claimed.items.size(), std::min(limit, due));
    EXPECT_EQ(claimed.paused, paused);
    EXPECT_EQ(claimed.throttled_for.count(),
              std::max<std::int64_t>(throttled_until - clock.wall_ms(), 0));
    std::int64_t latest = 0;
    for (const ClaimedItem& each : claimed.items) {
      ASSERT_TRUE(model.contains(each.key));
      ModelItem& item = model[each.key];
      EXPECT_EQ(item.state, ItemState::kPending);
      EXPECT_EQ(each.attempts, item.attempts);
      EXPECT_GT(each.epoch, item.epoch);
      latest = std::max(latest, item.due_at);
      item = {.state = ItemState::kLeased,
              .attempts = item.attempts,
              .due_at = clock.wall_ms() + 10'000,
              .epoch = each.epoch,
              .worker = worker};
      seen.push_back({.key = each.key, .epoch = each.epoch});
    }
    for (const auto& [each, item] : model) {
      EXPECT_FALSE(!claimed.items.empty() && item.state == ItemState::kPending &&
                   item.due_at < latest)
          << "one that was due longer was passed over";
    }
  }
  void answer() {
    const ItemLease lease = some_lease();
    const std::string worker = fmt::format("w{}", below(3));
    const bool held = owns(lease, worker);
    Outcome outcome;
    switch (below(6)) {
      case 0:
      case 1:
        outcome = run([&] { return queue.complete("f", worker, {lease}); })->at(0);
        if (held && model[lease.key].renewed) {
          model[lease.key].attempts = 0;
          to_pending(model[lease.key]);
        } else if (held) {
          model.erase(lease.key);
        }
        break;
      case 2:
        outcome = run([&] { return queue.release("f", worker, {lease}); })->at(0);
        if (held) {
          ModelItem& item = model[lease.key];
          item.attempts = item.renewed ? 0 : item.attempts;
          to_pending(item);
        }
        break;
      case 3:
        outcome = run([&] { return queue.extend("f", worker, {lease}, 10s); })->at(0);
        if (held) {
          model[lease.key].due_at = clock.wall_ms() + 10'000;
        }
        break;
      case 4:
        outcome = run([&] {
                    return queue.fail(
                        "f", worker,
                        {{.lease = lease, .kind = FailureKind::kThrottled, .retry_after = 3s}});
                  })->at(0);
        if (held) {
          ModelItem& item = model[lease.key];
          item.attempts = item.renewed ? 0 : item.attempts;
          to_pending(item, 3000);
          throttled_until = std::max(throttled_until, clock.wall_ms() + 3000);
        }
        break;
      default: {
        const bool final = below(3) == 0;
        outcome = run([&] {
                    return queue.fail(
                        "f", worker,
                        {{.lease = lease,
                          .kind = final ? FailureKind::kPermanent : FailureKind::kTransient}});
                  })->at(0);
        if (held) {
          count_attempt(model[lease.key], final, kPolicy.initial.count());
        }
      }
    }
    EXPECT_EQ(!outcome, held);
  }
  void reap() {
    std::size_t expired = 0;
    for (auto& [each, item] : model) {
      if (item.state == ItemState::kLeased && item.due_at <= clock.wall_ms()) {
        count_attempt(item, false, 0);
        ++expired;
      }
    }
    const Reaped reaped = *run([&] { return queue.reap(1000); });
    EXPECT_EQ(reaped.returned + reaped.failed, expired);
  }
  void administer() {
    switch (below(4)) {
      case 0: {
        const ItemKey what = key(below(kKeys));
        EXPECT_EQ(*run([&] { return queue.drop("f", {what}); }), model.erase(what));
        break;
      }
      case 1: {
        std::size_t failed = 0;
        for (auto& [each, item] : model) {
          if (item.state == ItemState::kFailed) {
            item.attempts = 0;
            to_pending(item);
            ++failed;
          }
        }
        EXPECT_EQ(*run([&] { return queue.reset_failed("f"); }), failed);
        break;
      }
      default:
        paused = below(3) == 0;
        EXPECT_TRUE(*run([&] { return queue.pause("f", paused); }));
    }
  }
  void compare() {
    const auto items = *run([&] { return queue.items("f", {}, {}, 1000); });
    ASSERT_EQ(items.size(), model.size());
    for (const Item& item : items) {
      ASSERT_TRUE(model.contains(item.key));
      const ModelItem& expected = model[item.key];
      EXPECT_EQ(item.state, expected.state) << item.key.id;
      EXPECT_EQ(item.attempts, expected.attempts) << item.key.id;
      EXPECT_TRUE(item.state == ItemState::kFailed || item.due_at_ms == expected.due_at)
          << item.key.id;
    }
  }

  FunctionQueue& queue = world->functions();
  std::mt19937_64 random{seed()};
  std::map<ItemKey, ModelItem> model;
  std::vector<ItemLease> seen;
  bool paused = false;
  std::int64_t throttled_until = 0;
};

INSTANTIATE_TEST_SUITE_P(Kinds, WorkModelTest, ::testing::ValuesIn(queue_kinds()), queue_name);

TEST_P(WorkModelTest, random_work_goes_as_the_model_says) {
  for (std::size_t step = 0; step < kSteps && !HasFailure(); ++step) {
    clock.advance(std::chrono::milliseconds(below(3000)));
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        add();
        break;
      case 3:
      case 4:
        claim();
        break;
      case 5:
        reap();
        break;
      case 6:
        administer();
        break;
      default:
        answer();
    }
    compare();
  }
}

// Workers that work at the same time, some of them too slow.
class Crowd {
 public:
  Crowd(FunctionQueue& queue, core::ManualClock& clock, std::uint64_t seed, bool careless)
      : queue_(queue), clock_(clock), seed_(seed), careless_(careless) {}

  async::Task<> work(std::size_t number) {
    std::mt19937_64 random(seed_ + number);
    const std::string worker = fmt::format("w{}", number);
    for (int idle = 0; idle < 20;) {
      const auto claimed = co_await queue_.claim(
          {.function = "f", .worker = worker, .limit = random() % 7 + 1, .lease_for = 10s});
      EXPECT_TRUE(claimed) << claimed.error().message;
      if (!claimed) {
        co_return;
      }
      idle = claimed->items.empty() ? idle + 1 : 0;
      std::vector<ItemLease> leases;
      for (const ClaimedItem& item : claimed->items) {
        take(item);
        leases.push_back({.key = item.key, .epoch = item.epoch});
      }
      if (careless_ && random() % 4 == 0) {
        clock_.advance(11s);
        EXPECT_TRUE(co_await queue_.reap(1000));
      }
      if (!careless_ && random() % 5 == 0) {
        give_back(leases);
        EXPECT_TRUE(co_await queue_.release("f", worker, leases));
        continue;
      }
      give_back(leases);
      const auto outcomes = co_await queue_.complete("f", worker, leases);
      EXPECT_TRUE(outcomes);
      for (std::size_t i = 0; outcomes && i < outcomes->size(); ++i) {
        if (!outcomes->at(i)) {
          completed(leases[i].key);
        }
      }
    }
  }

  void expect_each_completed_once(std::size_t count) {
    EXPECT_EQ(completed_.size(), count);
    for (const auto& [key, times] : completed_) {
      EXPECT_EQ(times, 1) << key.id;
    }
  }

 private:
  void take(const ClaimedItem& item) {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(epochs_.emplace(item.key, item.epoch).second || careless_)
        << "two hold " << item.key.id;
  }
  void give_back(const std::vector<ItemLease>& leases) {
    const std::lock_guard lock(mutex_);
    for (const ItemLease& each : leases) {
      epochs_.erase(each.key);
    }
  }
  void completed(const ItemKey& key) {
    const std::lock_guard lock(mutex_);
    ++completed_[key];
  }

  FunctionQueue& queue_;
  core::ManualClock& clock_;
  const std::uint64_t seed_;
  const bool careless_;
  std::mutex mutex_;
  std::map<ItemKey, std::uint64_t> epochs_;
  std::map<ItemKey, int> completed_;
};

class CrowdTest : public QueueTest {
 protected:
  static constexpr std::size_t kItems = 400;
  static constexpr std::size_t kWorkers = 6;

  void work(bool careless, std::uint32_t attempts_max) {
    FunctionQueue& queue = world->functions();
    ASSERT_TRUE(
        run([&] { return queue.put({.id = "f", .retry = {.attempts_max = attempts_max}}); }));
    std::vector<ItemKey> keys;
    for (std::size_t i = 0; i < kItems; ++i) {
      keys.push_back(key(i));
    }
    ASSERT_TRUE(run([&] { return queue.add("f", keys, AddMode::kKeep); }));
    Crowd crowd(queue, clock, seed(), careless);
    workers.emplace(3, "worker");
    std::vector<std::future<void>> all;
    for (std::size_t i = 0; i < kWorkers; ++i) {
      all.push_back(async::asio::co_spawn(workers->at(i % 3).get_executor(), crowd.work(i),
                                          async::asio::use_future));
    }
    for (auto& each : all) {
      each.get();
    }
    // What the slow ones lost at last.
    clock.advance(11s);
    ASSERT_TRUE(run([&] { return queue.reap(1000); }));
    run([&] { return crowd.work(99); });
    crowd.expect_each_completed_once(kItems);
    EXPECT_EQ(*run([&] { return queue.counts("f"); }), FunctionCounts{}) << "drained";
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, CrowdTest, ::testing::ValuesIn(queue_kinds()), queue_name);

TEST_P(CrowdTest, never_holds_one_item_twice_and_drains_the_queue) {
  work(false, 1);
}

TEST_P(CrowdTest, completes_each_item_once_however_many_leases_are_lost) {
  work(true, 1'000'000);
}

}  // namespace
}  // namespace layer::queue
