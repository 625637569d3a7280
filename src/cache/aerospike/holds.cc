#include "cache/aerospike/holds.h"

namespace layer::cache::aerospike {

std::list<Holds::Held>::iterator Holds::drop(std::list<Held>::iterator at) {
  by_digest_.erase(std::string(view(at->digest)));
  return held_.erase(at);
}

void Holds::hold(Held held) {
  const std::scoped_lock lock(mutex_);
  std::string name(view(held.digest));
  if (const auto at = by_digest_.find(name); at != by_digest_.end()) {
    drop(at->second);
  }
  if (held_.size() >= 2 * kHoldsMax) {
    drop(held_.begin());
  }
  held_.push_back(std::move(held));
  by_digest_.emplace(std::move(name), std::prev(held_.end()));
}

void Holds::forget(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  if (by_digest_.empty()) {
    return;
  }
  if (const auto at = by_digest_.find(std::string(view(digest))); at != by_digest_.end()) {
    drop(at->second);
  }
}

std::vector<Holds::Held> Holds::due(async::TimePoint now, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  std::vector<Held> found;
  for (auto at = held_.begin(); at != held_.end() && found.size() < count;) {
    if (at->until > now && held_.size() <= kHoldsMax) {
      ++at;
      continue;
    }
    found.push_back(*at);
    at = drop(at);
  }
  return found;
}

std::size_t Holds::size() const {
  const std::scoped_lock lock(mutex_);
  return held_.size();
}

}  // namespace layer::cache::aerospike
