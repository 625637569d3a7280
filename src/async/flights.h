// One piece of work for many who want its outcome at the same time, each on a loop of their own.
// Whoever names a key first does the work; those who come before it ended wait for its outcome. One
// who leaves, or runs out of time, takes nothing from the others: when it was the one who worked,
// they are told to try again.
//
// T is copied to each who waits. Thread safety: Flights from any thread; a Party on its loop, from
// one task. Cost of a key nobody else wants: a lock and a hash look-up at its begin and its end.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "async/task.h"

namespace layer::async {

template <class T>
class Flights {
 public:
  class Party;

  // Outcomes that are waited for.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  // What one party waits for. Touched on its loop only.
  struct Waiter {
    explicit Waiter(const Executor& e) : executor(e), timer(e) {}
    Executor executor;
    Timer timer;
    std::vector<std::optional<T>> outcomes;
    std::size_t pending = 0;
  };
  struct Seat {
    std::shared_ptr<Waiter> waiter;
    std::size_t at = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::vector<Seat>> seats;
  };
  static constexpr std::size_t kShards = 16;

  Shard& shard_of(const std::string& key) {
    return shards_[std::hash<std::string>{}(key) % kShards];
  }
  // True: nobody works on it, the caller does from now on.
  bool lead_or_sit(const std::string& key, const std::shared_ptr<Waiter>& waiter) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto [found, first] = shard.seats.try_emplace(key);
    if (!first) {
      found->second.push_back({.waiter = waiter, .at = waiter->outcomes.size()});
      waiter->outcomes.emplace_back();
      ++waiter->pending;
      waiting_.fetch_add(1, std::memory_order_relaxed);
    }
    return first;
  }
  void end(const std::string& key, const std::optional<T>& outcome) {
    std::vector<Seat> seats;
    {
      Shard& shard = shard_of(key);
      const std::lock_guard lock(shard.mutex);
      if (const auto found = shard.seats.find(key); found != shard.seats.end()) {
        seats = std::move(found->second);
        shard.seats.erase(found);
      }
    }
    waiting_.fetch_sub(seats.size(), std::memory_order_relaxed);
    for (Seat& seat : seats) {
      const Executor executor = seat.waiter->executor;
      asio::post(executor, [seat = std::move(seat), outcome] {
        seat.waiter->outcomes[seat.at] = outcome;
        if (--seat.waiter->pending == 0) {
          seat.waiter->timer.cancel();
        }
      });
    }
  }

  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> waiting_{0};
};

// One task's part in the flights of several keys.
template <class T>
class Flights<T>::Party {
 public:
  // The flights outlive the party.
  Party(Flights& flights, const Executor& executor)
      : flights_(flights), waiter_(std::make_shared<Waiter>(executor)) {}
  // Those who wait for what this party did not end are told to try again.
  ~Party() {
    for (std::size_t i = 0; i < led_.size(); ++i) {
      if (!ended_[i]) {
        flights_.end(led_[i], std::nullopt);
      }
    }
  }
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  // True: the caller does the work and calls end() with `number`. False: others do it, and outcome
  // `number` is there after wait().
  bool lead(std::string key, std::size_t& number) {
    number = waiter_->outcomes.size();
    if (!flights_.lead_or_sit(key, waiter_)) {
      return false;
    }
    number = led_.size();
    led_.push_back(std::move(key));
    ended_.push_back(false);
    return true;
  }

  // nullopt: it came to nothing; those who wait try again themselves.
  void end(std::size_t number, const std::optional<T>& outcome) {
    ended_[number] = true;
    flights_.end(led_[number], outcome);
  }

  // Until every outcome that others work on is there. Errors: kGatewayTimeout, kCancelled.
  Task<Result<void>> wait(TimePoint deadline) {
    if (waiter_->pending > 0) {
      waiter_->timer.expires_at(deadline);
      co_await waiter_->timer.async_wait(kToken);
    }
    if (waiter_->pending == 0) {
      co_return Result<void>{};
    }
    co_return SteadyClock::now() >= deadline
        ? fail(ErrorCode::kGatewayTimeout, "the deadline passed while others worked on it")
        : fail(ErrorCode::kCancelled, "the caller left while others worked on it");
  }
  // nullopt: try again.
  const std::optional<T>& outcome(std::size_t number) const { return waiter_->outcomes[number]; }

 private:
  Flights& flights_;
  std::shared_ptr<Waiter> waiter_;
  std::vector<std::string> led_;
  std::vector<bool> ended_;
};

}  // namespace layer::async
