#include "resources/status.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace layer::resources {

std::string status_key(Kind kind, std::string_view name) {
  return std::string(kind_name(kind)) + "/" + std::string(name);
}

std::int64_t wall_clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

StatusTable::StatusTable(Clock clock) : clock_(std::move(clock)) {}

Status StatusTable::get(std::string_view key) const {
  const std::scoped_lock lock(mutex_);
  const auto it = statuses_.find(key);
  return it == statuses_.end() ? Status{} : it->second;
}

void StatusTable::set(std::string_view key, Condition condition) {
  const std::int64_t now_ms = clock_();
  const std::scoped_lock lock(mutex_);
  const auto it = statuses_.find(key);
  if (it == statuses_.end()) {
    return;
  }
  auto& conditions = it->second.conditions;
  if (set_condition(conditions, std::move(condition), now_ms)) {
    set_condition(conditions, summarise(conditions), now_ms);
    const auto accepted = std::ranges::find(conditions, "Accepted", &Condition::type);
    if (accepted != conditions.end()) {
      std::rotate(conditions.begin(), accepted, accepted + 1);
    }
    const auto ready = std::ranges::find(conditions, "Ready", &Condition::type);
    std::rotate(ready, ready + 1, conditions.end());
  }
}

void StatusTable::set_field(std::string_view key, std::string_view name, std::string json) {
  const std::scoped_lock lock(mutex_);
  if (const auto it = statuses_.find(key); it != statuses_.end()) {
    it->second.fields.insert_or_assign(std::string(name), std::move(json));
  }
}

void StatusTable::set_observed(std::string_view key, std::uint64_t generation) {
  const std::scoped_lock lock(mutex_);
  statuses_[std::string(key)].observed_generation = generation;
}

void StatusTable::retain(const std::set<std::string, std::less<>>& keys) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(statuses_, [&](const auto& entry) { return !keys.contains(entry.first); });
}

}  // namespace layer::resources
