#include "cache/memory/memory_shard.h"

#include <algorithm>

#include "cache/request_checks.h"

namespace layer::cache {

std::optional<Record> MemoryShard::get(std::string_view set, std::string_view key, BinSet bins,
                                       async::TimePoint now) {
  const std::lock_guard lock(mutex_);
  settle(now);
  Entry* const entry = find(set, key);
  if (entry == nullptr) {
    return std::nullopt;
  }
  if (entry->idle) {
    idle_.splice(idle_.begin(), idle_, entry->idle_at);
  }
  return with_bins(entry->record, bins);
}

PutOutcome MemoryShard::put(std::string_view set, Put put, async::TimePoint now) {
  const std::lock_guard lock(mutex_);
  settle(now);
  Entry* const found = find(set, put.key);
  const Condition& condition = put.condition;
  if ((condition.kind == Condition::Kind::kAbsent && found != nullptr) ||
      (condition.kind == Condition::Kind::kVersion &&
       (found == nullptr || found->record.version != condition.version))) {
    return {.kind = PutOutcome::Kind::kConflict};
  }
  const std::size_t bytes = kOverheadBytes + put.key.size() + memory_of(put.bins);
  if (!make_room(found, bytes)) {
    return {.kind = PutOutcome::Kind::kRefused};
  }
  const std::uint64_t version = versions_.fetch_add(1, std::memory_order_relaxed) + 1;
  store(set, found, std::move(put), bytes, now, version);
  return {.kind = PutOutcome::Kind::kDone, .version = version};
}

void MemoryShard::remove(std::string_view set, std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (Entry* const entry = find(set, key)) {
    erase(*entry);
  }
}

void MemoryShard::scan(std::string_view set, std::string_view after, std::size_t limit, BinSet bins,
                       async::TimePoint now, std::vector<ScannedRecord>& out) {
  const std::lock_guard lock(mutex_);
  settle(now);
  const auto at = sets_.find(set);
  if (at == sets_.end()) {
    return;
  }
  const auto& records = at->second.records;
  for (auto next = records.upper_bound(after); next != records.end() && limit > 0;
       ++next, --limit) {
    out.push_back({.key = next->first, .record = with_bins(next->second.record, bins)});
  }
}

std::size_t MemoryShard::count(std::string_view set, async::TimePoint now) {
  const std::lock_guard lock(mutex_);
  settle(now);
  const auto at = sets_.find(set);
  return at == sets_.end() ? 0 : at->second.records.size();
}

void MemoryShard::truncate(std::string_view set) {
  const std::lock_guard lock(mutex_);
  const auto at = sets_.find(set);
  if (at == sets_.end()) {
    return;
  }
  for (auto& [key, entry] : at->second.records) {
    detach(entry);
    bytes_.fetch_sub(entry.bytes, std::memory_order_relaxed);
  }
  sets_.erase(at);
}

void MemoryShard::expire(async::TimePoint now) {
  const std::lock_guard lock(mutex_);
  settle(now);
}

// Expired records go; those whose time of grace is over may be evicted from now on.
void MemoryShard::settle(async::TimePoint now) {
  while (!expiring_.empty() && expiring_.begin()->first <= now) {
    Entry& entry = *expiring_.begin()->second;
    losses_.note(*entry.home->name);
    erase(entry);
  }
  while (!pinned_.empty() && pinned_.begin()->first <= now) {
    Entry& entry = *pinned_.begin()->second;
    pinned_.erase(pinned_.begin());
    entry.idle_at = idle_.insert(idle_.begin(), &entry);
    entry.idle = true;
    idle_bytes_ += entry.bytes;
  }
}

MemoryShard::Entry* MemoryShard::find(std::string_view set, std::string_view key) {
  const auto at = sets_.find(set);
  if (at == sets_.end()) {
    return nullptr;
  }
  const auto record = at->second.records.find(key);
  return record == at->second.records.end() ? nullptr : &record->second;
}

// False when not even the eviction of everything idle would make room: then nothing is evicted.
bool MemoryShard::make_room(const Entry* replaced, std::size_t bytes) {
  const std::size_t freed = replaced == nullptr ? 0 : replaced->bytes;
  const std::size_t needed = this->bytes() - freed + bytes;
  const std::size_t evictable =
      idle_bytes_ - (replaced != nullptr && replaced->idle ? replaced->bytes : 0);
  if (needed > bytes_max_ + evictable) {
    return false;
  }
  auto victim = idle_.end();
  while (this->bytes() - freed + bytes > bytes_max_) {
    --victim;
    if (*victim == replaced) {
      continue;
    }
    Entry& entry = **victim;
    ++victim;  // stays valid when the entry goes
    losses_.note(*entry.home->name);
    evicted_.fetch_add(1, std::memory_order_relaxed);
    erase(entry);
  }
  return true;
}

void MemoryShard::store(std::string_view set, Entry* replaced, Put put, std::size_t bytes,
                        async::TimePoint now, std::uint64_t version) {
  Entry* entry = replaced;
  if (entry != nullptr) {
    detach(*entry);
    bytes_.fetch_sub(entry->bytes, std::memory_order_relaxed);
  } else {
    const auto home = sets_.try_emplace(std::string(set)).first;
    home->second.name = &home->first;
    const auto at = home->second.records.try_emplace(std::move(put.key)).first;
    entry = &at->second;
    entry->home = &home->second;
    entry->key = &at->first;
  }
  entry->record = {.bins = std::move(put.bins), .version = version};
  entry->bytes = bytes;
  entry->expires = later(now, put.ttl);
  entry->pinned_until = later(now, std::max<std::chrono::milliseconds>(put.hold, kYouth));
  pinned_.emplace(entry->pinned_until, entry);
  if (entry->expires != async::TimePoint::max()) {
    expiring_.emplace(entry->expires, entry);
  }
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

// Out of every order; the record itself stays.
void MemoryShard::detach(Entry& entry) {
  if (entry.idle) {
    idle_.erase(entry.idle_at);
    idle_bytes_ -= entry.bytes;
    entry.idle = false;
  } else {
    pinned_.erase({entry.pinned_until, &entry});
  }
  if (entry.expires != async::TimePoint::max()) {
    expiring_.erase({entry.expires, &entry});
  }
}

void MemoryShard::erase(Entry& entry) {
  detach(entry);
  bytes_.fetch_sub(entry.bytes, std::memory_order_relaxed);
  Set& home = *entry.home;
  home.records.erase(home.records.find(*entry.key));
  if (home.records.empty()) {
    sets_.erase(sets_.find(*home.name));
  }
}

}  // namespace layer::cache
