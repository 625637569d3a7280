// How many workers of an object should run (rule SV2 of the contract). Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/clock.h"
#include "core/cron.h"
#include "resources/kinds.h"

namespace layer::workers {

struct ScalingRules {
  resources::ScalingMode mode = resources::ScalingMode::kAutoscale;
  std::uint32_t min = 0;
  std::uint32_t max = 0;           // less than `min`: then this one holds
  std::uint64_t target_depth = 1;  // queued items a worker
  std::chrono::seconds warm_window{300};
  std::optional<core::Cron> cron{};  // at least one runs in its windows
  std::chrono::seconds window{120};  // how long one stays open
};

struct Demand {
  bool held = false;  // paused or not accepted: none
  // What waits and what is worked on; nullopt: nobody knows now, and the count stays.
  std::optional<std::uint64_t> depth{};
};

// The count of one object as time goes on.
class DesiredCount {
 public:
  using TimePoint = core::Clock::TimePoint;

  std::uint32_t next(const ScalingRules& rules, const Demand& demand, const core::Clock& clock);

 private:
  std::uint32_t busy_count_ = 0;  // when there was work last
  std::optional<TimePoint> busy_at_;
  std::uint32_t last_ = 0;
};

}  // namespace layer::workers
