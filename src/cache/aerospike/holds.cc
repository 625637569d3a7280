#include "cache/aerospike/holds.h"

namespace layer::cache::aerospike {

void Holds::hold(Held held) {
  const std::scoped_lock lock(mutex_);
  const std::string name(view(held.digest));
  if (const auto at = by_digest_.find(name); at != by_digest_.end()) {
    held_.erase(at->second);
    by_digest_.erase(at);
  }
  if (held_.size() >= kHoldsMax) {
    by_digest_.erase(std::string(view(held_.front().digest)));
    held_.pop_front();
  }
  held_.push_back(std::move(held));
  by_digest_.emplace(name, std::prev(held_.end()));
}

void Holds::forget(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  if (by_digest_.empty()) {
    return;
  }
  if (const auto at = by_digest_.find(std::string(view(digest))); at != by_digest_.end()) {
    held_.erase(at->second);
    by_digest_.erase(at);
  }
}

std::vector<Holds::Held> Holds::due(async::TimePoint now, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  std::vector<Held> found;
  for (auto at = held_.begin(); at != held_.end() && found.size() < count;) {
    if (at->until > now) {
      ++at;
      continue;
    }
    by_digest_.erase(std::string(view(at->digest)));
    found.push_back(std::move(*at));
    at = held_.erase(at);
  }
  return found;
}

std::size_t Holds::size() const {
  const std::scoped_lock lock(mutex_);
  return held_.size();
}

}  // namespace layer::cache::aerospike
