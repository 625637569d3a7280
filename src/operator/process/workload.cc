#include "operator/process/workload.h"

#include <fmt/format.h>

namespace layer::workers {

using resources::Condition;
using resources::ConditionStatus;

resources::Condition workers_available(const Workload& workload, const WorkloadState& state) {
  const auto say = [](ConditionStatus status, std::string reason, std::string message) {
    return Condition{.type = "WorkersAvailable",
                     .status = status,
                     .reason = std::move(reason),
                     .message = std::move(message)};
  };
  if (!workload.refusal.empty()) {
    return say(ConditionStatus::kFalse, workload.refusal, workload.refusal_message);
  }
  if (!state.registered) {
    return say(ConditionStatus::kUnknown, "NotRegistered",
               "workers begin when the object is registered");
  }
  if (!state.leading) {
    return say(ConditionStatus::kUnknown, "RunsElsewhere", "another gateway runs the workers");
  }
  if (state.desired == 0) {
    return say(ConditionStatus::kTrue, "NotNeeded", "no worker is wanted now");
  }
  if (state.crash_loop) {
    return say(ConditionStatus::kFalse, "CrashLoop",
               fmt::format("{} crashes within five minutes, the last: {}; the next worker begins "
                           "five minutes after it, or when the object changes",
                           kCrashesMax, state.fault));
  }
  if (!state.fault.empty() && state.running == 0) {
    return say(ConditionStatus::kFalse, "WorkerFailed", state.fault);
  }
  if (state.running == 0) {
    return say(ConditionStatus::kUnknown, "Starting", "workers are being started");
  }
  return say(ConditionStatus::kTrue, "Running",
             fmt::format("{} of {} run", state.running, state.desired));
}

}  // namespace layer::workers
