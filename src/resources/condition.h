// What a resource's status says about one side of it. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace layer::resources {

enum class ConditionStatus : std::uint8_t { kTrue, kFalse, kUnknown };
std::string_view name(ConditionStatus status);  // "True", "False", "Unknown"

struct Condition {
  std::string type;  // "Accepted", "Ready", "CredentialResolved", ...
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;                   // one word in CamelCase
  std::string message;                  // for people
  std::int64_t last_transition_ms = 0;  // epoch milliseconds; moves only when `status` does
  bool operator==(const Condition&) const = default;
};

// Replaces the condition of the same type, or adds it; the time moves only if the status does.
// True: something changed.
bool set_condition(std::vector<Condition>& conditions, Condition condition, std::int64_t now_ms);
const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);

// The condition Ready as the others make it: False with the reason of the first one that is False,
// else Unknown with that of the first unknown one, else True. Conditions that describe a wish
// rather than a fault (Paused) do not count.
Condition summarise(const std::vector<Condition>& conditions);

}  // namespace layer::resources
