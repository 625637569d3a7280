#include "features/watcher/watcher.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/run.h"
#include "features/namespaces/store_metadata.h"
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
      tasks_(parts_.loop),
      timer_(parts_.loop.get_executor()) {
  parts_.metrics.gauge(kWatched, [this] { return static_cast<double>(table_.size()); });
}

void Watcher::start() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    tasks_.spawn(run());
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
    tasks_.cancel();
    co_await tasks_.join();
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
    const auto now = parts_.clock.steady();
    const auto next = polls_ < kPollsMax ? table_.next_due() : std::nullopt;
    timer_.expires_after(next ? std::max<async::Duration>(*next - now, async::Duration::zero())
                              : async::Duration(kIdle));
    co_await timer_.async_wait(async::kToken);
  }
}

async::Task<> Watcher::poll(WatchTable::Due due) {
  const auto evidence = co_await ask(due.ns);
  table_.end_poll(due, evidence);
  if (on_stable_ && table_.stability(due.ns).stable) {
    on_stable_(due.ns);
  }
  --polls_;
  timer_.cancel();
}

async::Task<std::optional<IndexState>> Watcher::ask(const std::string& ns) {
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
    table_.forget(ns);
    co_return std::nullopt;
  }
  const bool usable = answer && answer->status == kOk;
  const Result<namespaces::StoreMetadata> metadata =
      usable ? namespaces::parse_metadata(answer->body)
             : Result<namespaces::StoreMetadata>(fail(ErrorCode::kUpstream, "no usable answer"));
  count(metadata ? "ok" : "error");
  if (!metadata) {
    co_return std::nullopt;
  }
  co_return index_evidence(metadata->index_json);
}

void Watcher::count(std::string_view status) {
  parts_.metrics.sample(kPolls, {status}).add();
}

}  // namespace layer::features::watcher
