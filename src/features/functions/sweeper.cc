#include "features/functions/sweeper.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/run.h"
#include "core/cron.h"

namespace layer::features::functions {
namespace {

const core::MetricSpec kSeconds{.name = "layer_udf_sweep_seconds",
                                .kind = core::MetricKind::kHistogram,
                                .help = "how long looking for rows of a function took",
                                .labels = "udf status",
                                .buckets = core::seconds_buckets()};
constexpr std::chrono::minutes kSweepMax{10};
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::string_view kLease = "functions";

std::int64_t ms(std::chrono::milliseconds duration) {
  return duration.count();
}

}  // namespace

std::int64_t sweep_due_ms(const RegisteredFunction& function, const queue::Sweep& sweep,
                          std::optional<std::int64_t> failed_at_ms) {
  const std::chrono::milliseconds interval = function.spec.schedule.discovery_interval;
  if (failed_at_ms) {
    const std::uint32_t doublings = std::min<std::uint32_t>(sweep.failures, 16);
    const auto wait = std::min<std::chrono::milliseconds>(
        kSweepBackoffMax, std::chrono::seconds(1) * (std::int64_t{1} << doublings));
    return *failed_at_ms + ms(wait);
  }
  const bool changed = !sweep.completed_at_ms || *sweep.completed_at_ms <= function.updated_at_ms;
  if (changed || !sweep.cursor.empty()) {
    return 0;
  }
  return *sweep.completed_at_ms + ms(interval);
}

bool may_sweep(const RegisteredFunction& function, std::int64_t now_ms) {
  const Triggers& triggers = function.spec.triggers;
  if (function.paused || triggers.discovery || !triggers.schedule) {
    return !function.paused && triggers.discovery;
  }
  const auto cron = core::Cron::parse(function.spec.schedule.cron);
  return cron && cron->is_open(now_ms, function.spec.schedule.lease);
}

Sweeper::Sweeper(Parts parts)
    : parts_(std::move(parts)),
      discovery_({.queue = parts_.queue,
                  .resolve = parts_.resolve,
                  .pool = parts_.pool,
                  .clock = parts_.clock}),
      tasks_(parts_.loop),
      wake_(parts_.loop.get_executor(), async::TimePoint::max()) {}

void Sweeper::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void Sweeper::stop() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    wake_.cancel();
    tasks_.cancel();
    co_await tasks_.join();
  });
  if (parts_.shared != nullptr) {
    static_cast<void>(async::run_blocking(parts_.loop, [this] {
      return parts_.shared->resign(std::string(kLease), parts_.gateway);
    }));
  }
}

void Sweeper::look() {
  async::asio::post(parts_.loop, [this] {
    woken_ = true;
    wake_.cancel();
  });
}

async::Task<> Sweeper::run() {
  bool worked = true;
  while (!stopping_) {
    woken_ = false;
    const auto next = co_await turn();
    if (!next && worked && next.error().code != ErrorCode::kCancelled) {
      parts_.log.warn("rows of functions are not looked for until the database is back",
                      {{"error", next.error().message}});
    }
    worked = next.has_value();
    if (worked) {
      turned_.done();
    }
    if (stopping_) {
      co_return;
    }
    if (!woken_) {
      const std::int64_t wait = next ? *next - parts_.clock.wall_ms() : ms(kSweepLookEvery);
      wake_.expires_after(
          std::chrono::milliseconds(std::clamp<std::int64_t>(wait, 0, ms(kSweepLookEvery))));
      co_await wake_.async_wait(async::kToken);
    }
  }
}

async::Task<Result<bool>> Sweeper::leads() {
  if (parts_.shared == nullptr) {
    co_return true;
  }
  LAYER_CO_ASSIGN(const auto epoch, co_await parts_.shared->lead(std::string(kLease),
                                                                 parts_.gateway, kSweepLeaseFor));
  co_return epoch.has_value();
}

async::Task<Result<std::int64_t>> Sweeper::turn() {
  const std::int64_t now_ms = parts_.clock.wall_ms();
  std::int64_t next = now_ms + ms(kSweepLookEvery);
  LAYER_CO_ASSIGN(const auto functions, co_await parts_.registry.list());
  parts_.writes.publish(parts_.registry, functions);
  LAYER_CO_ASSIGN(const bool mine, co_await leads());
  if (!mine) {
    co_return next;
  }
  for (const RegisteredFunction& function : functions) {
    if (function.spec.triggers.schedule) {
      next = std::min(next, (now_ms / kMinuteMs + 1) * kMinuteMs);  // windows open then
    }
    if (may_sweep(function, now_ms)) {
      LAYER_CO_ASSIGN(const std::int64_t due, co_await begin_due(function, now_ms));
      next = std::min(next, due);
    }
  }
  co_return next;
}

async::Task<Result<std::int64_t>> Sweeper::begin_due(const RegisteredFunction& function,
                                                     std::int64_t now_ms) {
  LAYER_CO_ASSIGN(const auto sweeps, co_await parts_.queue.sweeps(function.id));
  std::size_t running = static_cast<std::size_t>(
      std::ranges::count_if(running_, [&](const auto& each) { return each.first == function.id; }));
  std::int64_t next = now_ms + ms(kSweepLookEvery);
  for (const std::string& ns : parts_.registry.namespaces_of(function.spec)) {
    const Place place{function.id, ns};
    if (running_.contains(place)) {
      continue;
    }
    const auto known = std::ranges::find(sweeps, ns, &queue::Sweep::ns);
    const auto failed = failed_at_ms_.find(place);
    const std::int64_t due =
        sweep_due_ms(function, known == sweeps.end() ? queue::Sweep{.ns = ns} : *known,
                     failed == failed_at_ms_.end() ? std::nullopt : std::optional(failed->second));
    if (due > now_ms) {
      next = std::min(next, due);
    } else if (running < function.spec.schedule.concurrent_scans_max) {
      ++running;
      running_.insert(place);
      tasks_.spawn(sweep(function, ns));
    }  // otherwise when one of them ends
  }
  co_return next;
}

async::Task<> Sweeper::sweep(RegisteredFunction function, std::string ns) {
  const Place place{function.id, ns};
  const auto begun = async::SteadyClock::now();
  const std::string id = function.id;
  const auto swept = co_await discovery_.sweep(
      {.function = std::move(function), .ns = std::move(ns), .pages_max = kSweepPagesAtOnce},
      begun + kSweepMax);
  running_.erase(place);
  if (swept) {
    failed_at_ms_.erase(place);
  } else if (swept.error().code != ErrorCode::kCancelled) {
    failed_at_ms_[place] = parts_.clock.wall_ms();
    parts_.log.warn(
        "looking for rows of a function failed",
        {{"function", id}, {"namespace", place.second}, {"error", swept.error().message}});
  }
  parts_.metrics.sample(kSeconds, {id, swept ? "ok" : "error"})
      .observe(std::chrono::duration<double>(async::SteadyClock::now() - begun).count());
  woken_ = true;
  wake_.cancel();
}

}  // namespace layer::features::functions
