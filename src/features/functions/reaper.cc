#include "features/functions/reaper.h"

#include <algorithm>

namespace layer::features::functions {
namespace {

constexpr core::MetricSpec kDepth{
    .name = "layer_udf_queue_depth",
    .kind = core::MetricKind::kGauge,
    .help = "items of a function that are due within a minute or worked on",
    .labels = "udf"};
constexpr core::MetricSpec kStates{.name = "layer_udf_items",
                                   .kind = core::MetricKind::kGauge,
                                   .help = "items of a function in a state",
                                   .labels = "udf state"};
constexpr core::MetricSpec kOldest{.name = "layer_udf_oldest_due_seconds",
                                   .kind = core::MetricKind::kGauge,
                                   .help = "how long the longest due item of a function waits",
                                   .labels = "udf"};
constexpr core::MetricSpec kExpired{.name = "layer_leases_expired_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "leases that ran out",
                                    .labels = "queue reason"};

constexpr double kMs = 1e3;

}  // namespace

Reaper::Reaper(Parts parts)
    : parts_(parts),
      turns_(parts_.loop, parts_.log, parts_.metrics,
             {.name = "function_reaper",
              .fails = "leases of functions are not looked after until the database is back",
              .works = "leases of functions are looked after again",
              .every = kReapEvery},
             [this] { return turn(); }) {}

async::Task<Result<void>> Reaper::turn() {
  LAYER_CO_TRY(co_await reap());
  LAYER_CO_ASSIGN(const auto functions, co_await parts_.queue.functions());
  for (const queue::Function& function : functions) {
    LAYER_CO_TRY(co_await show(function.id));
  }
  for (auto& [id, shown] : shown_) {
    if (std::ranges::find(functions, id, &queue::Function::id) == functions.end()) {
      shown.depth->store(0);
      shown.oldest->store(0);
      for (const Gauge& state : shown.states) {
        state->store(0);
      }
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Reaper::reap() {
  for (;;) {
    LAYER_CO_ASSIGN(const queue::Reaped reaped, co_await parts_.queue.reap(kReapedAtOnce));
    parts_.metrics.sample(kExpired, {"functions", "returned"}).add(reaped.returned);
    parts_.metrics.sample(kExpired, {"functions", "failed"}).add(reaped.failed);
    if (reaped.returned + reaped.failed < kReapedAtOnce) {
      co_return Result<void>{};
    }
  }
}

Reaper::Shown Reaper::gauges_of(const std::string& function) {
  const auto gauge = [&](const core::MetricSpec& spec,
                         std::initializer_list<std::string_view> labels) {
    auto value = std::make_shared<std::atomic<double>>(0);
    parts_.metrics.gauge(spec, labels, [value] { return value->load(); });
    return value;
  };
  using queue::ItemState;
  return {.depth = gauge(kDepth, {function}),
          .states = {gauge(kStates, {function, name(ItemState::kPending)}),
                     gauge(kStates, {function, name(ItemState::kLeased)}),
                     gauge(kStates, {function, name(ItemState::kFailed)})},
          .oldest = gauge(kOldest, {function})};
}

async::Task<Result<void>> Reaper::show(const std::string& function) {
  auto found = shown_.find(function);
  if (found == shown_.end()) {
    if (shown_.size() >= kGaugedFunctionsMax) {
      co_return Result<void>{};
    }
    found = shown_.emplace(function, gauges_of(function)).first;
  }
  LAYER_CO_ASSIGN(const queue::FunctionCounts counts, co_await parts_.queue.counts(function));
  const Shown& shown = found->second;
  shown.depth->store(static_cast<double>(counts.depth()));
  shown.states[0]->store(static_cast<double>(counts.pending));
  shown.states[1]->store(static_cast<double>(counts.leased));
  shown.states[2]->store(static_cast<double>(counts.failed));
  const std::int64_t now_ms = parts_.clock.wall_ms();
  const std::int64_t waits = now_ms - counts.oldest_due_ms.value_or(now_ms);
  shown.oldest->store(static_cast<double>(std::max<std::int64_t>(waits, 0)) / kMs);
  co_return Result<void>{};
}

}  // namespace layer::features::functions
