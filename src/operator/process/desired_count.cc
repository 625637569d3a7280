#include "operator/process/desired_count.h"

#include <algorithm>

namespace layer::workers {
namespace {

std::uint32_t workers_for(std::uint64_t depth, std::uint64_t target, std::uint32_t most) {
  const std::uint64_t whole = depth / target + (depth % target == 0 ? 0 : 1);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(whole, most));
}

}  // namespace

std::uint32_t DesiredCount::next(const ScalingRules& rules, const Demand& demand,
                                 const core::Clock& clock) {
  const std::uint32_t least = std::min(rules.min, rules.max);
  if (demand.held || rules.mode == resources::ScalingMode::kDisabled) {
    busy_at_.reset();
    return last_ = 0;
  }
  if (rules.mode == resources::ScalingMode::kFixed) {
    return last_ = least;
  }
  std::uint32_t count = std::clamp(last_, least, rules.max);
  if (demand.depth && *demand.depth > 0) {
    count = std::max(least, workers_for(*demand.depth,
                                        std::max<std::uint64_t>(rules.target_depth, 1), rules.max));
    busy_count_ = count;
    busy_at_ = clock.steady();
  } else if (demand.depth) {
    const bool warm = busy_at_ && clock.steady() - *busy_at_ < rules.warm_window;
    count = warm ? std::clamp(busy_count_, least, rules.max) : least;
  }
  if (rules.cron && rules.cron->is_open(clock.wall_ms(), rules.window)) {
    count = std::max(count, std::min(1U, rules.max));
  }
  return last_ = count;
}

}  // namespace layer::workers
