#include "cache/rocksdb/hot_records.h"

#include <utility>

#include "cache/request_checks.h"
#include "cache/rocksdb/slice.h"

namespace layer::cache {
namespace {

bool stands(const StoredMeta& meta, std::uint64_t generation, const DiskView& view) {
  const bool there =
      meta.slice == kHeldSlice ? meta.held_until_ms > view.now_ms : meta.slice >= view.oldest_slice;
  return there && generation == view.generation && meta.expires_ms > view.now_ms;
}

}  // namespace

HotRecords::HotRecords(std::size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {
  for (std::size_t i = 0; i < kShards; ++i) {
    shards_.push_back(std::make_unique<Shard>());
  }
}

std::optional<Record> HotRecords::find(std::string_view set, std::string_view key, BinSet bins,
                                       const DiskView& view, Ticket& ticket) {
  const Place where = place(set, key);
  Shard& shard = where.shard;
  const std::lock_guard lock(shard.mutex);
  ticket = where.slot.sequence;
  const auto at = shard.copies.find(where.name);
  if (at == shard.copies.end()) {
    return std::nullopt;
  }
  Copy& copy = at->second;
  if (!stands(copy.meta, copy.generation, view)) {
    drop(shard, at);
    return std::nullopt;
  }
  if (copy.meta.has_vectors && bins.has(Bin::kVectors)) {
    return std::nullopt;
  }
  shard.used.splice(shard.used.begin(), shard.used, copy.used);
  return with_bins(copy.record, bins);
}

void HotRecords::offer(std::string_view set, std::string_view key, const StoredRecord& stored,
                       const DiskView& view, Ticket ticket) {
  Place where = place(set, key);
  const std::lock_guard lock(where.shard.mutex);
  if (where.slot.writers == 0 && where.slot.sequence == ticket) {
    keep(where.shard, std::move(where.name), stored, view);
  }
}

HotRecords::Ticket HotRecords::begin(std::string_view set, std::string_view key) {
  const Place where = place(set, key);
  const std::lock_guard lock(where.shard.mutex);
  ++where.slot.writers;
  if (const auto at = where.shard.copies.find(where.name); at != where.shard.copies.end()) {
    drop(where.shard, at);
  }
  return ++where.slot.sequence;
}

void HotRecords::end(std::string_view set, std::string_view key, Ticket ticket,
                     const StoredRecord* stored, const DiskView& view) {
  Place where = place(set, key);
  const std::lock_guard lock(where.shard.mutex);
  --where.slot.writers;
  const bool alone = where.slot.writers == 0 && where.slot.sequence == ticket;
  ++where.slot.sequence;
  if (alone && stored != nullptr) {
    keep(where.shard, std::move(where.name), *stored, view);
  }
}

void HotRecords::begin_truncate(std::string_view set) {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    for (Slot& slot : shard->slots) {
      ++slot.writers;
      ++slot.sequence;
    }
    drop_set(*shard, set);
  }
}

void HotRecords::end_truncate(std::string_view set) {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    for (Slot& slot : shard->slots) {
      --slot.writers;
      ++slot.sequence;
    }
    drop_set(*shard, set);
  }
}

std::size_t HotRecords::bytes() const {
  std::size_t bytes = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    bytes += shard->bytes;
  }
  return bytes;
}

HotRecords::Place HotRecords::place(std::string_view set, std::string_view key) {
  std::string name = disk_key(Part::kAttributes, set, key);
  const std::size_t hash = TextHash{}(name);
  Shard& shard = *shards_[hash % kShards];
  return {.shard = shard, .slot = shard.slots[hash / kShards % kSlots], .name = std::move(name)};
}

void HotRecords::drop(Shard& shard, Map::iterator at) const {
  shard.bytes -= at->second.bytes;
  shard.used.erase(at->second.used);
  shard.copies.erase(at);
}

// Precondition: the shard's lock.
void HotRecords::keep(Shard& shard, std::string name, const StoredRecord& stored,
                      const DiskView& view) const {
  if (const auto old = shard.copies.find(name); old != shard.copies.end()) {
    drop(shard, old);
  }
  Copy copy{.record = stored.record, .meta = stored.meta, .generation = view.generation};
  copy.record.bins[static_cast<std::size_t>(Bin::kVectors)] = nullptr;
  copy.bytes = kOverheadBytes + name.size() + memory_of(copy.record.bins);
  if (copy.bytes > shard_bytes_max_ || !stands(copy.meta, copy.generation, view)) {
    return;
  }
  shard.bytes += copy.bytes;
  const auto at = shard.copies.emplace(std::move(name), std::move(copy)).first;
  at->second.used = shard.used.insert(shard.used.begin(), &at->first);
  while (shard.bytes > shard_bytes_max_) {
    drop(shard, shard.copies.find(*shard.used.back()));
  }
}

void HotRecords::drop_set(Shard& shard, std::string_view set) const {
  const std::string prefix = disk_set_begin(Part::kAttributes, set);
  for (auto at = shard.copies.begin(); at != shard.copies.end();) {
    const auto next = std::next(at);
    if (at->first.starts_with(prefix)) {
      drop(shard, at);
    }
    at = next;
  }
}

}  // namespace layer::cache
