#include "gateway/routes/print_status.h"

#include <chrono>

#include <fmt/chrono.h>

namespace layer::gateway {
namespace {

// As Kubernetes prints the times of conditions.
std::string rfc3339(std::int64_t ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace

void print_status(json::Writer& out, const resources::Status& status,
                  std::optional<bool> reachable) {
  out.begin_object().member("observedGeneration", status.observed_generation);
  if (reachable && !status.fields.contains("reachable")) {
    out.member("reachable", *reachable);
  }
  for (const auto& [name, value] : status.fields) {
    out.key(name).raw(value);
  }
  out.key("conditions").begin_array();
  for (const resources::Condition& condition : status.conditions) {
    out.begin_object()
        .member("type", condition.type)
        .member("status", resources::name(condition.status))
        .member("reason", condition.reason)
        .member("message", condition.message)
        .member("lastTransitionTime", rfc3339(condition.last_transition_ms))
        .end_object();
  }
  out.end_array().end_object();
}

}  // namespace layer::gateway
