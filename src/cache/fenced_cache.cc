#include "cache/fenced_cache.h"

#include <algorithm>
#include <utility>

#include "async/deadline.h"
#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"
#include "cache/write_fence.h"

namespace layer::cache {
namespace {

constexpr std::chrono::seconds kTurn{1};
constexpr std::string_view kNoRowKey = "-";

}  // namespace

FencedCache::FencedCache(RecordStore& records, const core::Clock& clock, core::Metrics& metrics,
                         core::Logger* logger, CacheOptions options)
    : core_(records, clock, metrics, logger, std::move(options)),
      lookups_(metrics),
      member_(metrics, "cache_membership") {
  metrics.gauge(kCacheInflight, [this] { return static_cast<double>(core_.store.inflight()); });
  if (core_.store.usage()) {
    metrics.gauge(kCacheBytes, [this] { return static_cast<double>(core_.store.usage()->bytes); });
    metrics.gauge(kCacheEvictions,
                  [this] { return static_cast<double>(core_.store.usage()->evicted); });
  }
  for (const std::string_view state : {"on", "joining", "away", "shared"}) {
    metrics.gauge(kCacheConnection, {state},
                  [this, state] { return core_.members.state() == state ? 1.0 : 0.0; });
  }
}

async::Task<> FencedCache::start(async::Loop& loop) {
  co_await core_.members.tick();
  group_.emplace(loop);
  group_->spawn(run());
}

async::Task<> FencedCache::run() {
  while (co_await async::sleep_for(kTurn)) {
    co_await core_.members.tick();
    if (core_.members.view().usable) {
      member_.done();
    }
  }
}

async::Task<> FencedCache::stop(bool clean) {
  if (group_) {
    group_->cancel();
    co_await group_->join();
    group_.reset();
  }
  if (clean) {
    co_await core_.members.leave();
  }
  co_await core_.store.stop();
}

bool FencedCache::usable() const {
  return core_.members.view().usable && !core_.store.open();
}

CacheStatus FencedCache::status() const {
  const Breaker& breaker = core_.store.breaker();
  const bool open = core_.store.open();
  return {.kind = core_.store.kind(),
          .state = open ? "away" : core_.members.state(),
          .epoch = core_.members.epoch(),
          .generation = core_.store.connection_generation() + breaker.reconnects(),
          .last_error = breaker.last_error()};
}

async::Task<std::vector<Found>> FencedCache::find(CachedNamespace ns, std::vector<wire::Id> ids) {
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Found> found(ids.size());
  co_await look_up(ns, ids, found);
  lookups_.count(ns.ns, found, std::chrono::steady_clock::now() - begun);
  co_return found;
}

// What is not looked at stays a bypass.
async::Task<> FencedCache::look_up(const CachedNamespace& ns, const std::vector<wire::Id>& ids,
                                   std::vector<Found>& found) {
  // Taken before anything is read: a gateway that nobody trusts any more acknowledges an unfenced
  // write only after this was no longer usable.
  const std::uint64_t connection = core_.store.connection_generation();
  const Membership::View view = core_.members.view();
  if (!view.usable || core_.store.open()) {
    co_return;
  }
  using With = NamespaceFences::With;
  const With with =
      asks_certificate(ns.ns).load(std::memory_order_relaxed) ? With::kCertificate : With::kFence;
  auto state = co_await core_.fences.read(ns, with);
  if (!state) {
    co_return;
  }
  if (state->certificate_read && !state->certificate) {
    asks_certificate(ns.ns).store(false, std::memory_order_relaxed);
  }
  for (std::size_t begin = 0; begin < ids.size(); begin += kBatchMax) {
    const std::size_t end = std::min(ids.size(), begin + kBatchMax);
    std::vector<std::string> keys;
    keys.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      keys.push_back(row_key(ns.store, ids[i]).value_or(std::string(kNoRowKey)));
    }
    // An id that no row can have is asked for all the same, under a key that no row has.
    auto rows = co_await read_batch(ns, std::move(keys), view.epoch, *state);
    const bool same_cache = core_.store.connection_generation() == connection;
    for (std::size_t i = begin; rows && same_cache && i < end; ++i) {
      found[i] = look_at(ns, *state, view.epoch, std::move((*rows)[i - begin]));
    }
  }
}

async::Task<Result<std::vector<RowRecord>>> FencedCache::read_batch(const CachedNamespace& ns,
                                                                    std::vector<std::string> keys,
                                                                    std::uint64_t epoch,
                                                                    NamespaceState& state) {
  const std::string set = core_.documents(ns);
  if (state.certificate_read) {
    co_return co_await core_.read_rows(set, std::move(keys), true);
  }
  auto rows = co_await core_.read_rows(set, keys, true);
  const std::int64_t now = core_.clock.wall_ms();
  const std::uint64_t generation = state.fence.generation;
  const bool in_doubt = rows && std::ranges::any_of(*rows, [&](const RowRecord& row) {
                          return row.servable(epoch, generation, now, true) &&
                                 !row.servable(epoch, generation, now, false);
                        });
  if (!in_doubt) {
    co_return rows;
  }
  // The rows again as well: what vouches for them was there before they were read.
  LAYER_CO_ASSIGN(state, co_await core_.fences.read(ns));
  asks_certificate(ns.ns).store(state.certificate.has_value(), std::memory_order_relaxed);
  co_return co_await core_.read_rows(set, std::move(keys), true);
}

Found FencedCache::look_at(const CachedNamespace& ns, const NamespaceState& state,
                           std::uint64_t epoch, RowRecord row) const {
  const RuleSet rules = core_.options.rules;
  const std::int64_t now = core_.clock.wall_ms();
  Found found;
  const bool readable = row.version && !row.damaged;
  if (readable && row.head.fenced(now) && rules.has(Rule::kLease)) {
    found.fenced = true;
    return found;
  }
  const std::uint64_t wanted_epoch = rules.has(Rule::kEpoch) ? epoch : row.head.epoch;
  const std::uint64_t generation =
      rules.has(Rule::kGeneration) ? state.fence.generation : row.head.generation;
  const bool certified = state.keeps(epoch) && !state.certificate->warming;
  if (row.servable(wanted_epoch, generation, now, certified)) {
    found.lookup = row.head.state == RowState::kPresent ? Lookup::kHit : Lookup::kAbsent;
    found.row = std::move(row.body);
    found.stamp = row.head.stamp;
    return found;
  }
  found.lookup = Lookup::kMiss;
  found.ticket = ticket(ns, state, epoch);
  found.ticket.version = row.version;
  found.ticket.seq = row.head.seq;
  return found;
}

FillTicket FencedCache::ticket(const CachedNamespace& ns, const NamespaceState& state,
                               std::uint64_t epoch) const {
  return {.epoch = epoch,
          .generation = state.fence.generation,
          .fill_epoch = state.fence.fill_epoch,
          .taken_ms = core_.clock.wall_ms(),
          .taken = core_.clock.steady(),
          .may_fill = state.fence.open.empty() && !ns.staging};
}

async::Task<FillTicket> FencedCache::open_ticket(CachedNamespace ns) {
  const Membership::View view = core_.members.view();
  if (!view.usable || core_.store.open()) {
    co_return FillTicket{};
  }
  const auto state = co_await core_.fences.read(ns);
  if (!state) {
    co_return FillTicket{};
  }
  FillTicket out = ticket(ns, *state, view.epoch);
  out.any_row = true;
  co_return out;
}

async::Task<bool> FencedCache::forget(CachedNamespace ns) {
  FenceOfWrite fence(core_, std::move(ns), {.opaque = true}, core_.clock.steady());
  co_return co_await fence.raise_generation("forget");
}

async::Task<Result<void>> FencedCache::purge(CachedNamespace ns) {
  // Fills from before find no record after the records are gone, so the generation rises last.
  LAYER_CO_TRY(co_await core_.store.truncate(core_.documents(ns)));
  LAYER_CO_TRY(co_await core_.fences.raise_generation(ns, "purge"));
  co_return Result<void>{};
}

}  // namespace layer::cache
