#include "features/embed/vector_cache.h"

namespace layer::features::embed {

VectorPtr VectorCache::find(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return nullptr;
  }
  const Entries::iterator entry = found->second;
  if (too_old(*entry)) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->vector;
}

void VectorCache::put(std::string key, VectorPtr vector) {
  Entry entry{.key = std::move(key), .vector = std::move(vector), .made_at = clock_.steady()};
  const std::lock_guard lock(mutex_);
  sweep();
  if (options_.ttl.count() == 0 || entry.bytes() > options_.bytes_max) {
    return;
  }
  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) {
    drop(found->second);
  }
  bytes_ += entry.bytes();
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > options_.bytes_max) {
    drop(std::prev(entries_.end()));
  }
}

void VectorCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void VectorCache::sweep() {
  if (clock_.steady() - swept_at_ < kSweepEvery) {
    return;
  }
  swept_at_ = clock_.steady();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (too_old(*entry)) {
      drop(entry);
    }
    entry = next;
  }
}

}  // namespace layer::features::embed
