#include "features/snapshots/snapshot_writer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "async/deadline.h"
#include "async/run.h"
#include "features/snapshots/origin_counter.h"

namespace layer::features::snapshots {
namespace {

// Who asked for a job that nobody asked for.
constexpr std::string_view kOwner = "layer";

}  // namespace

SnapshotWriter::SnapshotWriter(Parts parts, SnapshotWriterOptions options)
    : parts_(parts), options_(options), tasks_(parts.loop) {}

void SnapshotWriter::start() {
  boost::asio::post(parts_.loop, [this] { tasks_.spawn(run()); });
}

void SnapshotWriter::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.join();
    co_await parts_.retention.resign();
  });
}

void SnapshotWriter::became_stable(std::string_view ns) {
  boost::asio::post(parts_.loop, [this, name = std::string(ns)]() mutable {
    if (!stopping_ && busy_.size() < kBusyMax && busy_.emplace(name, true).second) {
      tasks_.spawn(consider_one(std::move(name)));
    }
  });
}

async::Task<> SnapshotWriter::run() {
  async::TimePoint prune_at = async::SteadyClock::now();
  while (!stopping_) {
    co_await look_around();
    parts_.looked.done();
    if (!stopping_ && async::SteadyClock::now() >= prune_at) {
      co_await prune();
      prune_at = async::SteadyClock::now() + options_.prune_every;
    }
    if (!stopping_ && !co_await async::sleep_for(options_.look_every)) {
      break;
    }
  }
}

async::Task<> SnapshotWriter::look_around() {
  std::set<std::string> names;
  for (std::string& ns : parts_.places.with_facets()) {
    names.insert(std::move(ns));
  }
  for (std::string& ns : parts_.policies.known()) {
    names.insert(std::move(ns));
  }
  for (const std::string& ns : names) {
    if (stopping_) {
      co_return;
    }
    // Asking keeps the namespace watched.
    if (parts_.stability.look(ns).stable && busy_.emplace(ns, true).second) {
      co_await consider_one(ns);
    }
  }
}

async::Task<> SnapshotWriter::consider_one(std::string ns) {
  auto done = co_await consider(ns);
  busy_.erase(ns);
  const bool failed = !done && done.error().code != ErrorCode::kNotFound &&
                      done.error().code != ErrorCode::kCancelled &&
                      done.error().code != ErrorCode::kFeatureUnavailable;
  if (failed && !std::exchange(failing_, true)) {
    parts_.log.warn("automatic snapshots fail",
                    {{"namespace", ns}, {"error", done.error().message}});
  }
  if (done) {
    failing_ = false;
  }
}

async::Task<Result<void>> SnapshotWriter::consider(std::string ns) {
  LAYER_CO_ASSIGN(const Place place, co_await parts_.places.find(std::move(ns)));
  LAYER_CO_ASSIGN(const Policy policy, co_await parts_.policies.effective(place.ns, place.index));
  if (policy.facet_fields.empty()) {
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(const bool now, co_await due(place, policy));
  if (now) {
    LAYER_CO_TRY(co_await parts_.service.start({.ns = place.ns,
                                                .owner = std::string(kOwner),
                                                .passthrough = true,
                                                .params = {.automatic = true}}));
  }
  co_return Result<void>{};
}

async::Task<Result<bool>> SnapshotWriter::due(const Place& place, const Policy& policy) {
  LAYER_CO_ASSIGN(const auto latest, co_await parts_.store.latest(place.ns, place.incarnation));
  if (!latest) {
    co_return true;
  }
  if (parts_.clock.wall_ms() - latest->written_at_ms < policy.interval.count()) {
    co_return false;
  }
  const bool complete = std::ranges::all_of(policy.facet_fields, [&](const std::string& field) {
    return std::ranges::find(latest->fields, field) != latest->fields.end();
  });
  OriginCounter counter(place.origin, parts_.pool, [this] { return stopping_; });
  LAYER_CO_ASSIGN(const auto known, co_await counter.read_metadata());
  // A store that does not say when it was written is looked at each time.
  const bool written =
      !known.metadata.last_write_ms || *known.metadata.last_write_ms > latest->unchanged_through_ms;
  if (written || complete) {
    co_return written;
  }
  // A field that is new in the policy is counted, one that was skipped before is not tried again.
  LAYER_CO_ASSIGN(const BodyPtr body, co_await parts_.store.body(latest->key));
  co_return !std::ranges::all_of(policy.facet_fields, [&](const std::string& field) {
    return body->find(field) != nullptr || body->find_skipped(field) != nullptr;
  });
}

async::Task<> SnapshotWriter::prune() {
  const auto pruned = co_await parts_.retention.prune_all();
  if (pruned) {
    parts_.pruned.done();
  } else if (pruned.error().code != ErrorCode::kCancelled) {
    parts_.log.warn("old snapshots are not pruned", {{"error", pruned.error().message}});
  }
}

}  // namespace layer::features::snapshots
