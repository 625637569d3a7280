#include "cache/loss_counters.h"

namespace layer::cache {

void LossCounters::note(std::string_view set) {
  const std::lock_guard lock(mutex_);
  ++losses_;
  if (const auto at = last_.find(set); at != last_.end()) {
    at->second = losses_;
    return;
  }
  if (last_.size() == kSetsMax) {
    last_.clear();
    floor_ = losses_;
  }
  last_.emplace(set, losses_);
}

std::uint64_t LossCounters::of(std::string_view set) const {
  const std::lock_guard lock(mutex_);
  const auto at = last_.find(set);
  return at == last_.end() ? floor_ : at->second;
}

}  // namespace layer::cache
