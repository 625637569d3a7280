#include "features/namespaces/state_cache.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include "async/run.h"

namespace layer::features::namespaces {

// Lives on the loop of whoever waits; only `wake` crosses threads, as a posted handler.
struct StateCache::Waiter {
  explicit Waiter(async::Executor on) : executor(on), timer(on) {}

  static void wake(const std::shared_ptr<Waiter>& waiter) {
    async::asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); });
  }

  async::Executor executor;
  async::Timer timer;
};

StateCache::StateCache(Parts parts, Options options)
    : parts_(parts), options_(options), reads_(parts.loop) {}

StateCache::~StateCache() {
  assert(stopped_);
}

StateCache::Shard& StateCache::shard_of(std::string_view ns) {
  return shards_[std::hash<std::string_view>{}(ns) % kShardCount];
}

std::size_t StateCache::size() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.entries.size();
  }
  return total;
}

StateCache::Entry& StateCache::touch(Shard& shard, std::string_view ns) {
  if (const auto found = shard.by_name.find(ns); found != shard.by_name.end()) {
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return *found->second;
  }
  const std::size_t entries_max = std::max<std::size_t>(1, options_.entries_max / kShardCount);
  while (shard.entries.size() >= entries_max) {
    shard.by_name.erase(shard.entries.back().ns);
    shard.entries.pop_back();
  }
  shard.entries.push_front({.ns = std::string(ns), .state = nullptr});
  shard.by_name.emplace(shard.entries.front().ns, shard.entries.begin());
  return shard.entries.front();
}

StatePtr StateCache::use(Entry& entry) {
  const auto now = parts_.clock.steady();
  const bool fresh = entry.state && now - entry.read_at < options_.refresh_after;
  if (!fresh && !entry.flight && now >= entry.retry_at) {
    start_read(entry);
  }
  const bool in_force = entry.state && (entry.failing || now - entry.read_at < options_.ttl);
  return in_force ? entry.state : nullptr;
}

void StateCache::start_read(Entry& entry) {
  if (stopping_) {
    return;
  }
  entry.flight = std::make_shared<Flight>(entry.revision, entry.layout_etag, entry.tombstone_etag);
  async::asio::post(parts_.loop, [this, ns = entry.ns, flight = entry.flight]() mutable {
    admit(std::move(ns), std::move(flight));
  });
}

StatePtr StateCache::known(std::string_view ns) {
  if (!is_namespace_name(ns)) {
    return unknown_;
  }
  Shard& shard = shard_of(ns);
  const std::lock_guard lock(shard.mutex);
  auto state = use(touch(shard, ns));
  return state ? state : unknown_;
}

async::Task<StatePtr> StateCache::load(std::string ns) {
  if (!is_namespace_name(ns)) {
    co_return unknown_;
  }
  const auto executor = co_await async::asio::this_coro::executor;
  const auto until = async::SteadyClock::now() + options_.wait_max;
  // A second round covers a read that forget() has made worthless while it ran.
  for (int round = 0; round < 2; ++round) {
    std::shared_ptr<Waiter> waiter;
    {
      Shard& shard = shard_of(ns);
      const std::lock_guard lock(shard.mutex);
      Entry& entry = touch(shard, ns);
      if (auto state = use(entry)) {
        co_return state;
      }
      if (!entry.flight) {
        break;  // the last read failed and it is too early for the next
      }
      waiter = std::make_shared<Waiter>(executor);
      waiter->timer.expires_at(until);
      entry.flight->waiters.push_back(waiter);
    }
    co_await waiter->timer.async_wait(async::kToken);
  }
  co_return known(ns);
}

void StateCache::set_id_type(std::string_view ns, wire::IdType type) {
  if (!is_namespace_name(ns)) {
    return;
  }
  Shard& shard = shard_of(ns);
  const std::lock_guard lock(shard.mutex);
  Entry& entry = touch(shard, ns);
  entry.id_type = type;
  if (entry.state) {
    compose(entry);
  }
}

void StateCache::forget(std::string_view ns) {
  Shard& shard = shard_of(ns);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_name.find(ns);
  if (found == shard.by_name.end()) {
    return;
  }
  Entry& entry = *found->second;
  ++entry.revision;  // a read that is under way brings what was before
  entry.state = nullptr;
  entry.retry_at = {};
  entry.failing = false;
  entry.layout.reset();
  entry.layout_etag.clear();
  entry.tombstone.reset();
  entry.tombstone_etag.clear();
  entry.id_type.reset();
}

void StateCache::compose(Entry& entry) {
  auto state = std::make_shared<NamespaceState>();
  state->known = true;
  state->id_type = entry.id_type;
  state->incarnation = entry.tombstone ? entry.tombstone->incarnation : 0;
  if (entry.layout && entry.layout->incarnation >= state->incarnation) {
    state->layout = entry.layout;
  }
  entry.state = std::move(state);
}

Result<void> StateCache::apply(Entry& entry, Read read) {
  if (read.layout.kind == StateObject::Kind::kFound) {
    LAYER_ASSIGN(entry.layout, parse_layout(read.layout.body));
    entry.layout_etag = std::move(read.layout.etag);
  } else if (read.layout.kind == StateObject::Kind::kAbsent) {
    entry.layout.reset();
    entry.layout_etag.clear();
  }
  if (read.tombstone.kind == StateObject::Kind::kFound) {
    LAYER_ASSIGN(entry.tombstone, parse_tombstone(read.tombstone.body));
    entry.tombstone_etag = std::move(read.tombstone.etag);
  } else if (read.tombstone.kind == StateObject::Kind::kAbsent) {
    entry.tombstone.reset();
    entry.tombstone_etag.clear();
  }
  compose(entry);
  return {};
}

void StateCache::admit(std::string ns, FlightPtr flight) {
  if (stopping_) {
    finish(ns, flight, fail(ErrorCode::kCancelled, "the process is stopping"));
  } else if (reads_.size() < options_.reads_max) {
    launch(std::move(ns), std::move(flight));
  } else if (waiting_.size() < options_.reads_waiting_max) {
    waiting_.emplace_back(std::move(ns), std::move(flight));
  } else {
    finish(ns, flight, fail(ErrorCode::kUnavailable, "too many namespaces are being looked up"));
  }
}

void StateCache::launch(std::string ns, FlightPtr flight) {
  reads_.spawn(run(std::move(ns), std::move(flight)));
}

async::Task<> StateCache::run(std::string ns, FlightPtr flight) {
  auto outcome = co_await read(ns, *flight);
  finish(ns, flight, std::move(outcome));
  if (!waiting_.empty() && !stopping_) {
    auto [next_ns, next_flight] = std::move(waiting_.front());
    waiting_.pop_front();
    launch(std::move(next_ns), std::move(next_flight));
  }
}

// Each side of && runs as a coroutine thread of its own, where a cancellation would be thrown.
async::Task<Result<StateObject>> StateCache::read_object(std::string key, std::string etag) {
  co_await async::asio::this_coro::throw_if_cancelled(false);
  co_return co_await parts_.source.read(std::move(key), std::move(etag));
}

async::Task<Result<StateCache::Read>> StateCache::read(std::string ns, const Flight& flight) {
  using async::asio::experimental::awaitable_operators::operator&&;
  auto [layout, tombstone] = co_await (read_object(layout_key(ns), flight.layout_etag) &&
                                       read_object(tombstone_key(ns), flight.tombstone_etag));
  LAYER_CO_TRY(layout);
  LAYER_CO_TRY(tombstone);
  co_return Read{.layout = std::move(*layout), .tombstone = std::move(*tombstone)};
}

void StateCache::finish(const std::string& ns, const FlightPtr& flight, Result<Read> read) {
  Result<void> outcome;
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    Shard& shard = shard_of(ns);
    const std::lock_guard lock(shard.mutex);
    waiters = std::move(flight->waiters);
    const auto found = shard.by_name.find(ns);
    // The entry may have been evicted, and another one made in its place.
    if (found != shard.by_name.end() && found->second->flight == flight) {
      Entry& entry = *found->second;
      entry.flight.reset();
      if (entry.revision == flight->revision) {
        const auto now = parts_.clock.steady();
        outcome = read ? apply(entry, std::move(*read)) : std::unexpected(read.error());
        entry.failing = !outcome;
        if (outcome) {
          entry.read_at = now;
        } else {
          entry.retry_at = now + options_.retry_after;
        }
      }
    }
  }
  for (const auto& waiter : waiters) {
    Waiter::wake(waiter);
  }
  note_outcome(outcome);
}

// One line when reading begins to fail and one when it works again: not one a request.
void StateCache::note_outcome(const Result<void>& outcome) {
  if (stopping_ || source_failing_ == !outcome) {
    return;
  }
  source_failing_ = !outcome;
  if (outcome) {
    parts_.log.info("the state of namespaces can be read again");
  } else {
    parts_.log.warn("the state of a namespace cannot be read; the last known one stays in force",
                    {{"error", outcome.error().message}});
  }
}

void StateCache::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  stopping_ = true;
  for (Shard& shard : shards_) {
    // Whoever had not seen the flag has posted its read once this lock is gained.
    const std::lock_guard lock(shard.mutex);
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    reads_.cancel();
    co_await reads_.join();
    while (!waiting_.empty()) {
      auto [ns, flight] = std::move(waiting_.front());
      waiting_.pop_front();
      finish(ns, flight, fail(ErrorCode::kCancelled, "the process is stopping"));
    }
  });
}

}  // namespace layer::features::namespaces
