#include "queue/items_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "async/run.h"
#include "async/task_group.h"

namespace layer::bench {
namespace {

using async::SteadyClock;

constexpr std::string_view kFunction = "bench";
constexpr std::chrono::seconds kLease{120};

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "queue_bench: {}\n", why);
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    give_up(result.error().message);
  }
  return std::move(*result);
}

class Bench {
 public:
  Bench(queue::FunctionQueue& queue, async::Loop& loop, ItemsCase what)
      : queue_(queue), loop_(loop), what_(what) {}

  double add() {
    async::run_blocking(loop_, [this]() -> async::Task<> {
      must(co_await queue_.put({.id = std::string(kFunction)}));
    });
    return timed([this]() -> async::Task<> {
      for (std::size_t at = 0; at < what_.items; at += what_.batch) {
        std::vector<queue::ItemKey> keys;
        for (std::size_t i = at; i < std::min(at + what_.batch, what_.items); ++i) {
          keys.push_back({.ns = "docs", .id = std::to_string(i)});
        }
        must(co_await queue_.add(std::string(kFunction), std::move(keys), queue::AddMode::kKeep));
      }
    });
  }
  double drain() {
    const double seconds = timed([this]() -> async::Task<> {
      async::TaskGroup group(loop_);
      for (std::size_t i = 0; i < what_.workers; ++i) {
        group.spawn(work(fmt::format("w{}", i)));
      }
      co_await group.join();
    });
    if (done_ != what_.items) {
      give_up(fmt::format("{} of {} items were done", done_, what_.items));
    }
    return seconds;
  }

 private:
  template <class Make>
  double timed(Make make) {
    const auto begun = SteadyClock::now();
    async::run_blocking(loop_, make);
    return std::chrono::duration<double>(SteadyClock::now() - begun).count();
  }
  async::Task<> work(std::string worker) {
    while (true) {
      const auto claimed = must(co_await queue_.claim({.function = std::string(kFunction),
                                                       .worker = worker,
                                                       .limit = what_.batch,
                                                       .lease_for = kLease}));
      if (claimed.items.empty()) {
        co_return;
      }
      std::vector<queue::ItemLease> leases;
      for (const queue::ClaimedItem& item : claimed.items) {
        leases.push_back({.key = item.key, .epoch = item.epoch});
      }
      const auto outcomes =
          must(co_await queue_.complete(std::string(kFunction), worker, std::move(leases)));
      done_ += static_cast<std::size_t>(std::ranges::count(outcomes, queue::Outcome{}));
    }
  }

  queue::FunctionQueue& queue_;
  async::Loop& loop_;
  const ItemsCase what_;
  std::size_t done_ = 0;
};

}  // namespace

void report_items(std::string_view kind, queue::FunctionQueue& queue, async::Loop& loop,
                  ItemsCase what) {
  Bench bench(queue, loop, what);
  const auto print = [&](std::string_view name, double seconds) {
    fmt::print("{{\"kind\":\"{}\",\"case\":\"{}\",\"unit\":\"items/s\",\"value\":{:.1f}}}\n", kind,
               name, static_cast<double>(what.items) / seconds);
  };
  print("added", bench.add());
  print("claimed and completed", bench.drain());
}

}  // namespace layer::bench
