#include "core/loop_mark.h"

#include <chrono>

namespace layer::core {
namespace {

constexpr MetricSpec kLastSuccess{
    .name = "layer_loop_last_success_seconds",
    .kind = MetricKind::kGauge,
    .help = "when a background loop last had a good turn, in Unix time; 0 = not yet",
    .labels = "loop"};

}  // namespace

LoopMark::LoopMark(Metrics& metrics, std::string_view loop)
    : at_(std::make_shared<std::atomic<double>>(0)) {
  metrics.gauge(kLastSuccess, {loop}, [at = at_] { return at->load(std::memory_order_relaxed); });
}

void LoopMark::done() {
  if (at_) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    at_->store(std::chrono::duration<double>(now).count(), std::memory_order_relaxed);
  }
}

}  // namespace layer::core
