// What tests of function queues do to them. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/testing_queues.h"

namespace layer::queue {

using namespace std::chrono_literals;

inline ItemKey key(std::string id, std::string ns = "docs", IdKind kind = IdKind::kUint) {
  return {.ns = std::move(ns), .id_kind = kind, .id = std::move(id)};
}

class FunctionQueueTest : public QueueTest {
 protected:
  FunctionQueueTest() { make(); }

  Function make(FunctionDefinition definition = {.id = "f"}) {
    auto made = run([&] { return queue.put(definition); });
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  Added add(std::vector<ItemKey> keys, AddMode mode = AddMode::kKeep, std::string f = "f") {
    auto added = run([&] { return queue.add(f, keys, mode); });
    EXPECT_TRUE(added) << added.error().message;
    return *added;
  }
  void add_numbers(int count) {
    std::vector<ItemKey> keys;
    for (int i = 0; i < count; ++i) {
      keys.push_back(key(std::to_string(i)));
    }
    add(keys);
  }
  ClaimedItems claim_all(std::string worker = "w", std::size_t limit = 100) {
    auto claimed = run([&] {
      return queue.claim({.function = "f", .worker = worker, .limit = limit, .lease_for = 120s});
    });
    EXPECT_TRUE(claimed) << claimed.error().message;
    return *claimed;
  }
  std::vector<ClaimedItem> claim(std::string worker = "w", std::size_t limit = 100) {
    return claim_all(std::move(worker), limit).items;
  }
  static ItemLease lease(const ClaimedItem& item) { return {.key = item.key, .epoch = item.epoch}; }

  Outcome complete(const ItemLease& one, std::string worker = "w") {
    return run([&] { return queue.complete("f", worker, {one}); })->at(0);
  }
  Outcome extend(const ItemLease& one, std::string worker = "w") {
    return run([&] { return queue.extend("f", worker, {one}, 120s); })->at(0);
  }
  Outcome release(const ItemLease& one, std::string worker = "w") {
    return run([&] { return queue.release("f", worker, {one}); })->at(0);
  }
  Outcome fail(ItemFailure failure, std::string worker = "w") {
    return run([&] { return queue.fail("f", worker, {failure}); })->at(0);
  }
  Reaped reap() {
    return *run([&] { return queue.reap(1000); });
  }
  FunctionCounts counts() {
    return *run([&] { return queue.counts("f"); });
  }
  std::optional<Item> item(const ItemKey& wanted) {
    for (Item& each : *run([&] { return queue.items("f", {}, {}, 1000); })) {
      if (each.key == wanted) {
        return each;
      }
    }
    return std::nullopt;
  }

  FunctionQueue& queue = world->functions();
};

}  // namespace layer::queue
