#include "features/namespaces/list_cache.h"

#include <utility>

namespace layer::features::namespaces {

std::shared_ptr<const std::string> ListCache::find(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || clock_.steady() - found->second->made_at >= options_.ttl) {
    return nullptr;
  }
  return found->second->body;
}

void ListCache::put(std::string key, std::shared_ptr<const std::string> body) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const auto entry = found->second;
    bytes_ -= entry->bytes();
    by_key_.erase(found);
    entries_.erase(entry);
  }
  entries_.push_back({.key = std::move(key), .body = std::move(body), .made_at = clock_.steady()});
  by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
  bytes_ += entries_.back().bytes();
  while (entries_.size() > options_.entries_max || bytes_ > options_.bytes_max) {
    drop_oldest();
  }
}

void ListCache::drop_oldest() {
  bytes_ -= entries_.front().bytes();
  by_key_.erase(entries_.front().key);
  entries_.pop_front();
}

}  // namespace layer::features::namespaces
