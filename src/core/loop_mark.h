// When a background loop last did its work, as a gauge: by it an alert sees a loop that stands
// still or fails turn after turn (rule BG1 of the contract). Thread safety: done() from any thread.
// Cost: one relaxed store.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "core/metrics.h"

namespace layer::core {

class LoopMark {
 public:
  // Marks nothing.
  LoopMark() = default;
  // `loop` names it in the metric. The gauge is 0 until the first good turn.
  LoopMark(Metrics& metrics, std::string_view loop);

  // A turn did what it was for, also when there was nothing to do.
  void done();

 private:
  std::shared_ptr<std::atomic<double>> at_;  // Unix time in seconds
};

}  // namespace layer::core
