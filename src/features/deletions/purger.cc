#include "features/deletions/purger.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"

namespace layer::features::deletions {
namespace {

using async::SteadyClock;
using async::TimePoint;

constexpr core::MetricSpec kPending{.name = "layer_namespace_purge_pending",
                                    .kind = core::MetricKind::kGauge,
                                    .help = "Deletions of a namespace that are not complete.",
                                    .labels = "namespace"};

}  // namespace

Purger::Purger(Parts parts, PurgerOptions options)
    : parts_(parts),
      options_(options),
      tasks_(parts.loop),
      wake_(parts.loop.get_executor(), TimePoint::max()) {}

void Purger::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void Purger::request_stop() {
  async::asio::post(parts_.loop, [this] {
    stopping_ = true;
    tasks_.cancel();
    wake();
  });
}

void Purger::stop() {
  request_stop();
  async::run_blocking(parts_.loop, [this]() -> async::Task<> { co_await tasks_.join(); });
}

void Purger::purge(PurgeIntent intent) {
  submit(std::move(intent), Work::kPurge);
}

void Purger::settle(PurgeIntent intent) {
  submit(std::move(intent), Work::kSettle);
}

void Purger::cancel(PurgeIntent intent) {
  submit(std::move(intent), Work::kCancel);
}

void Purger::submit(PurgeIntent intent, Work work) {
  async::asio::post(parts_.loop, [this, intent = std::move(intent), work]() mutable {
    add(std::move(intent), work);
    wake();
  });
}

void Purger::add(PurgeIntent intent, Work work) {
  const std::string id = intent.id;
  const auto [at, is_new] = open_.try_emplace(id, Entry{.intent = std::move(intent), .work = work});
  if (is_new && work != Work::kCancel) {
    pending(at->second).add();
  }
}

core::Sample& Purger::pending(const Entry& entry) {
  return parts_.metrics.sample(kPending, {entry.intent.ns});
}

void Purger::wake() {
  woken_ = true;
  wake_.cancel();
}

async::Task<> Purger::run() {
  while (!stopping_) {
    const TimePoint now = SteadyClock::now();
    if (!discovering_ && now >= next_discovery_) {
      discovering_ = true;
      next_discovery_ = now + options_.discovery_every;
      tasks_.spawn(discover());
    }
    start_due(now);
    if (!woken_) {
      wake_.expires_at(next_wake());
      co_await wake_.async_wait(async::kToken);
    }
    woken_ = false;
  }
}

void Purger::start_due(TimePoint now) {
  for (auto& [id, entry] : open_) {
    if (running_ >= options_.at_once_max) {
      return;
    }
    if (!entry.running && entry.due <= now) {
      entry.running = true;
      ++running_;
      tasks_.spawn(work(id));
    }
  }
}

TimePoint Purger::next_wake() const {
  TimePoint next = discovering_ ? TimePoint::max() : next_discovery_;
  if (running_ < options_.at_once_max) {
    for (const auto& [id, entry] : open_) {
      next = entry.running ? next : std::min(next, entry.due);
    }
  }
  return next;
}

async::Task<> Purger::work(std::string id) {
  const TimePoint deadline = SteadyClock::now() + options_.attempt_max;
  const auto ended = co_await async::with_deadline(deadline, step(open_.at(id), deadline));
  finish(id, ended);
  wake();
}

async::Task<Result<bool>> Purger::step(Entry entry, TimePoint deadline) {
  // Under a deadline this runs apart from the group, where a cancellation would be thrown.
  co_await async::asio::this_coro::throw_if_cancelled(false);
  if (entry.work == Work::kCancel) {
    LAYER_CO_TRY(co_await parts_.ledger.remove_intent(entry.intent.id));
    co_return true;
  }
  co_return co_await parts_.purge.attempt(std::move(entry.intent), entry.work == Work::kPurge,
                                          deadline);
}

void Purger::finish(const std::string& id, const Result<bool>& ended) {
  --running_;
  const auto at = open_.find(id);
  Entry& entry = at->second;
  if (ended && *ended) {
    if (entry.work != Work::kCancel) {
      pending(entry).subtract();
    }
    open_.erase(at);
    return;
  }
  const auto pause = options_.retry_first * (1U << std::min<std::size_t>(entry.failures, 16));
  entry.running = false;
  entry.due = SteadyClock::now() + std::min(pause, options_.retry_max);
  ++entry.failures;
  if (!ended && !stopping_) {
    parts_.log.warn("a namespace's deletion is not complete; it will be tried again",
                    {{"namespace", entry.intent.ns},
                     {"deletion", entry.intent.id},
                     {"failures", entry.failures},
                     {"error", ended.error().message}});
  }
}

async::Task<> Purger::discover() {
  co_await take_up_intents();
  if (!stopping_ && SteadyClock::now() >= next_retention_) {
    next_retention_ = SteadyClock::now() + options_.retention_every;
    co_await drop_old_receipts();
  }
  discovering_ = false;
  wake();
}

async::Task<> Purger::take_up_intents() {
  std::string after;
  do {
    auto page = co_await parts_.ledger.intents(after);
    if (!page) {
      if (!stopping_) {
        parts_.log.warn("deletions cannot be looked up", {{"error", page.error().message}});
      }
      co_return;
    }
    for (const std::string& key : page->unreadable) {
      parts_.log.error("a purge intent cannot be read; its namespace may not be purged",
                       {{"key", key}});
    }
    const std::int64_t newest_ms = parts_.clock.wall_ms() - options_.foreign_intent_age.count();
    for (PurgeIntent& intent : page->intents) {
      if (intent.requested_at_ms <= newest_ms && open_.size() < options_.open_max) {
        add(std::move(intent), Work::kSettle);
      }
    }
    after = std::move(page->last_key);
  } while (!after.empty() && open_.size() < options_.open_max && !stopping_);
  turned_.done();
}

async::Task<> Purger::drop_old_receipts() {
  const auto dropped = co_await parts_.ledger.drop_old_receipts(parts_.clock.wall_ms());
  if (!dropped && !stopping_) {
    parts_.log.warn("old deletion receipts cannot be removed",
                    {{"error", dropped.error().message}});
  }
}

}  // namespace layer::features::deletions
