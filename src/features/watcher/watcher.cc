#include "features/watcher/watcher.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/run.h"
#include "features/namespaces/upstream.h"
#include "features/watcher/index_evidence.h"

namespace layer::features::watcher {
namespace {

constexpr core::MetricSpec kPolls{.name = "layer_watch_polls_total",
                                  .kind = core::MetricKind::kCounter,
                                  .help = "metadata polls of watched namespaces",
                                  .labels = "status"};
constexpr core::MetricSpec kWatched{.name = "layer_watched_namespaces",
                                    .kind = core::MetricKind::kGauge,
                                    .help = "namespaces whose metadata is polled"};

// Nothing is due: somebody wakes the loop before.
constexpr std::chrono::minutes kIdle{1};

constexpr int kOk = 200;
constexpr int kNotFound = 404;

}  // namespace

Watcher::Watcher(Parts parts, WatchOptions options)
    : parts_(std::move(parts)),
      table_(options, parts_.clock, parts_.hlc),
      gauges_(table_, parts_.metrics),
      tasks_(parts_.loop),
      timer_(parts_.loop.get_executor()),
      exchange_timer_(parts_.loop.get_executor()) {
  if (parts_.shared != nullptr) {
    peers_.emplace(Peers::Parts{.shared = *parts_.shared,
                                .table = table_,
                                .clock = parts_.clock,
                                .log = parts_.log,
                                .self = parts_.self,
                                .turned = core::LoopMark(parts_.metrics, "watcher_exchange")});
  }
  parts_.metrics.gauge(kWatched, [this] { return static_cast<double>(table_.size()); });
}

void Watcher::start() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    tasks_.spawn(run());
    if (peers_) {
      tasks_.spawn(exchange());
    }
    running_ = true;
    co_return;
  });
}

void Watcher::stop() {
  if (!running_.exchange(false)) {
    return;
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    timer_.cancel();
    exchange_timer_.cancel();
    tasks_.cancel();
    co_await tasks_.join();
    if (peers_) {
      co_await peers_->leave();
    }
  });
}

freshness::Stability Watcher::look(std::string_view ns) {
  if (table_.use(ns)) {
    wake();
  }
  return table_.stability(ns);
}

void Watcher::await_stamp(std::string_view ns, std::int64_t stamp_ms) {
  if (table_.await_stamp(ns, stamp_ms)) {
    wake();
  }
}

void Watcher::end(std::string_view ns, std::uint64_t ticket, bool applied) {
  if (table_.end_write(ns, ticket, applied)) {
    wake();
  }
}

void Watcher::forget(std::string_view ns) {
  table_.forget(ns);
  if (peers_ && running_) {
    async::asio::post(parts_.loop, [this, ns = std::string(ns)] {
      if (!stopping_) {
        tasks_.spawn(peers_->forget(ns));
      }
    });
  }
}

void Watcher::keep(std::vector<std::string> names) {
  table_.keep(std::move(names));
  wake();
}

// Many calls before the loop looks again cost one.
void Watcher::wake() {
  if (running_ && !woken_.exchange(true)) {
    async::asio::post(parts_.loop, [this] { timer_.cancel(); });
  }
}

async::Task<> Watcher::run() {
  while (!stopping_) {
    woken_ = false;
    for (WatchTable::Due& due : table_.take_due(kPollsMax - polls_)) {
      ++polls_;
      tasks_.spawn(poll(std::move(due)));
    }
    turned_.done();
    const auto now = parts_.clock.steady();
    const auto next = polls_ < kPollsMax ? table_.next_due() : std::nullopt;
    timer_.expires_after(next ? std::max<async::Duration>(*next - now, async::Duration::zero())
                              : async::Duration(kIdle));
    co_await timer_.async_wait(async::kToken);
  }
}

async::Task<> Watcher::exchange() {
  while (!stopping_) {
    if (co_await peers_->exchange()) {
      timer_.cancel();
    }
    exchange_timer_.expires_after(kExchangeInterval);
    co_await exchange_timer_.async_wait(async::kToken);
  }
}

// Whether this gateway polls the namespace now; otherwise its poll is over.
async::Task<bool> Watcher::take_turn(WatchTable::Due& due) {
  const auto turn = co_await peers_->take_turn(due.ns);
  if (!turn) {
    table_.end_poll(due, std::nullopt);
    co_return false;
  }
  if (!turn->mine) {
    if (table_.skip_poll(due)) {
      co_await peers_->publish(due.ns);  // whoever polls learns that somebody waits
    }
    co_return false;
  }
  due.poll.low_water_ms = std::min(due.poll.low_water_ms, turn->low_water_ms);
  co_return true;
}

async::Task<> Watcher::poll(WatchTable::Due due) {
  if (!peers_ || co_await take_turn(due)) {
    const auto metadata = co_await ask(due.ns);
    const bool foreign = !peers_ && metadata && metadata->last_write_ms &&
                         table_.saw_foreign_write(due, *metadata->last_write_ms);
    table_.end_poll(due,
                    metadata ? std::optional(index_evidence(metadata->index_json)) : std::nullopt);
    if (foreign && on_foreign_write_) {
      co_await on_foreign_write_(due.ns);
    }
    if (peers_ && metadata) {
      co_await peers_->publish(due.ns);
    }
    if (on_stable_ && table_.stability(due.ns).stable) {
      on_stable_(due.ns);
    }
  }
  --polls_;
  timer_.cancel();
}

async::Task<std::optional<namespaces::StoreMetadata>> Watcher::ask(const std::string& ns) {
  const auto table = parts_.router.table();
  const auto route = table->find(ns);
  if (!route || !parts_.has_credential(*route->store)) {
    count("skipped");
    co_return std::nullopt;
  }
  const auto answer =
      co_await namespaces::read_from(*route->store, namespaces::metadata_target(route->physical),
                                     {}, async::SteadyClock::now() + kPollTimeout);
  if (answer && answer->status == kNotFound) {
    count("absent");
    forget(ns);
    co_return std::nullopt;
  }
  const bool usable = answer && answer->status == kOk;
  Result<namespaces::StoreMetadata> metadata =
      usable ? namespaces::parse_metadata(answer->body)
             : Result<namespaces::StoreMetadata>(fail(ErrorCode::kUpstream, "no usable answer"));
  count(metadata ? "ok" : "error");
  if (!metadata) {
    co_return std::nullopt;
  }
  gauges_.seen(ns, route->store->kind(), *metadata);
  co_return std::move(*metadata);
}

void Watcher::count(std::string_view status) {
  parts_.metrics.sample(kPolls, {status}).add();
}

}  // namespace layer::features::watcher
