#include "features/snapshots/body_cache.h"

#include <utility>

namespace layer::features::snapshots {

BodyPtr BodyCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->body;
}

void BodyCache::put(const std::string& key, BodyPtr body, std::size_t bytes) {
  if (bytes > kBytesMax) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    erase(found->second);
  }
  entries_.push_front({.key = key, .body = std::move(body), .bytes = bytes});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
  while (bytes_ > kBytesMax) {
    erase(std::prev(entries_.end()));
  }
}

void BodyCache::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    erase(found->second);
  }
}

void BodyCache::erase(std::list<Entry>::iterator at) {
  bytes_ -= at->bytes;
  by_key_.erase(at->key);
  entries_.erase(at);
}

}  // namespace layer::features::snapshots
