#include "features/freshness/hybrid_clock.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace layer::features::freshness {
namespace {

constexpr core::MetricSpec kDrift{
    .name = "layer_clock_drift_ms",
    .kind = core::MetricKind::kGauge,
    .help = "How far the clock of stamps is ahead of the wall clock, in milliseconds."};
constexpr core::MetricSpec kRejects{
    .name = "layer_clock_rejects_total",
    .kind = core::MetricKind::kCounter,
    .help = "Stamps refused because they were too far in the future."};

}  // namespace

HybridClock::HybridClock(const core::Clock& clock, std::uint64_t gateway, core::Metrics& metrics)
    : clock_(clock), gateway_(gateway), rejects_(metrics.sample(kRejects)) {
  metrics.gauge(kDrift, [this] {
    const std::int64_t wall_ms = clock_.wall_ms();
    const std::lock_guard lock(mutex_);
    return ms_ == 0 ? 0.0 : static_cast<double>(ms_ - wall_ms);
  });
}

Stamp HybridClock::stamp(std::string_view ns) {
  const std::uint64_t hash = XXH3_64bits(ns.data(), ns.size());
  const std::lock_guard lock(mutex_);
  advance_to(clock_.wall_ms());
  if (next_counter_ > std::numeric_limits<std::uint16_t>::max() || at_clock_.contains(hash)) {
    advance_to(ms_ + 1);
  }
  at_clock_.insert(hash);
  return {.ms = ms_, .counter = static_cast<std::uint16_t>(next_counter_++), .gateway = gateway_};
}

Result<void> HybridClock::observe(std::int64_t stamp_ms) {
  const std::int64_t wall_ms = clock_.wall_ms();
  if (stamp_ms > wall_ms + kStampAheadMsMax) {
    rejects_.add();
    return fail(ErrorCode::kInvalidToken,
                fmt::format("the stamp {} is {} ms ahead of this gateway's clock, more than {} ms "
                            "are refused; check the clocks of the gateways",
                            stamp_ms, stamp_ms - wall_ms, kStampAheadMsMax));
  }
  const std::lock_guard lock(mutex_);
  advance_to(stamp_ms);
  return {};
}

std::int64_t HybridClock::now_ms() const {
  const std::int64_t wall_ms = clock_.wall_ms();
  const std::lock_guard lock(mutex_);
  return std::max(ms_, wall_ms);
}

void HybridClock::advance_to(std::int64_t ms) {
  if (ms > ms_) {
    ms_ = ms;
    next_counter_ = 0;
    at_clock_.clear();
  }
}

}  // namespace layer::features::freshness
