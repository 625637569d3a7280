#include "resources/condition.h"

#include <algorithm>
#include <array>
#include <utility>

namespace layer::resources {

std::string_view name(ConditionStatus status) {
  static constexpr std::array<std::string_view, 3> kNames{"True", "False", "Unknown"};
  return kNames[static_cast<std::size_t>(status)];
}

bool set_condition(std::vector<Condition>& conditions, Condition condition, std::int64_t now_ms) {
  const auto it = std::ranges::find(conditions, condition.type, &Condition::type);
  if (it == conditions.end()) {
    condition.last_transition_ms = now_ms;
    conditions.push_back(std::move(condition));
    return true;
  }
  condition.last_transition_ms = it->status == condition.status ? it->last_transition_ms : now_ms;
  if (*it == condition) {
    return false;
  }
  *it = std::move(condition);
  return true;
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto it = std::ranges::find(conditions, type, &Condition::type);
  return it == conditions.end() ? nullptr : &*it;
}

Condition summarise(const std::vector<Condition>& conditions) {
  Condition ready{.type = "Ready",
                  .status = ConditionStatus::kTrue,
                  .reason = "Ready",
                  .message = "",
                  .last_transition_ms = 0};
  for (const Condition& condition : conditions) {
    if (condition.type == "Ready" || condition.type == "Paused" ||
        condition.status == ConditionStatus::kTrue || ready.status == ConditionStatus::kFalse) {
      continue;
    }
    if (condition.status == ConditionStatus::kFalse || ready.status == ConditionStatus::kTrue) {
      ready.status = condition.status;
      ready.reason = condition.reason;
      ready.message = condition.message;
    }
  }
  return ready;
}

}  // namespace layer::resources
