#include "gateway/auth/verdicts.h"

namespace layer::gateway {

std::optional<bool> Verdicts::find(std::string_view key, async::TimePoint now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return std::nullopt;
  }
  const auto entry = found->second;
  if (entry->until <= now) {
    by_key_.erase(found);
    by_use_.erase(entry);
    return std::nullopt;
  }
  by_use_.splice(by_use_.begin(), by_use_, entry);
  return entry->allowed;
}

void Verdicts::put(std::string_view key, bool allowed, async::TimePoint until) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    found->second->allowed = allowed;
    found->second->until = until;
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return;
  }
  by_use_.push_front({.key = std::string(key), .allowed = allowed, .until = until});
  by_key_.emplace(by_use_.front().key, by_use_.begin());
  if (by_use_.size() > entries_max_) {
    by_key_.erase(by_use_.back().key);
    by_use_.pop_back();
  }
}

}  // namespace layer::gateway
