// Room on the disk: slices are closed when they are full, and the oldest are dropped.
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "cache/memory/memory_shard.h"
#include "cache/rocksdb/disk_records.h"
#include "cache/rocksdb/disk_stripes.h"

namespace layer::cache {
namespace {

constexpr std::size_t kSlicesMax = 24;  // each costs every look-up a filter
constexpr DiskTime kHeldSweepMs = 30'000;
constexpr std::size_t kHeldSweepMax = 10'000;  // records
constexpr DiskTime kComplaintMs = 60'000;
constexpr DiskTime kYouthMs = std::chrono::milliseconds(kYouth).count();

}  // namespace

std::uint64_t DiskRecords::total_bytes() const {
  std::uint64_t bytes = 0;
  topology()->each([&](const SlicePtr& slice) { bytes += slice->physical_bytes(); });
  return bytes;
}

void DiskRecords::note_written(std::size_t bytes) {
  const std::size_t due = std::max<std::size_t>(64 * core::limits::kKiB, slice_bytes_ / 64);
  if (unchecked_bytes_.fetch_add(bytes) + bytes >= due) {
    upkeep();
  }
}

// One at a time; who finds another at it goes on.
void DiskRecords::upkeep() {
  const std::unique_lock lock(upkeep_mutex_, std::try_to_lock);
  if (!lock) {
    return;
  }
  unchecked_bytes_ = 0;
  if (topology()->slices.back()->physical_bytes() >= slice_bytes_) {
    rotate();
  }
  // Two parts stay free: one for what is merged, one for what comes before the next look.
  while (total_bytes() + 2 * slice_bytes_ > bytes_max_ || topology()->slices.size() > kSlicesMax) {
    if (!evict_oldest()) {
      break;
    }
  }
  const std::uint64_t bytes = total_bytes();
  room_ = bytes > bytes_max_                  ? Room::kNone
          : bytes + slice_bytes_ > bytes_max_ ? Room::kForWrites
                                              : Room::kFree;
  if (now_ms() >= next_held_sweep_ms_) {
    next_held_sweep_ms_ = now_ms() + kHeldSweepMs;
    sweep_held();
  }
}

// A new slice takes the puts from now on.
void DiskRecords::rotate() {
  const auto before = topology();
  const SlicePtr full = before->slices.back();
  const std::uint32_t id = full->id() + 1;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status status = db_->CreateColumnFamily(family_, Slice::family_name(id), &handle);
  if (!status.ok()) {
    ++errors_;
    complain("the disk cache cannot begin another slice", status.ToString());
    return;
  }
  Topology next = *before;
  next.slices.push_back(std::make_shared<Slice>(*db_, handle, id));
  publish(std::move(next));
  full->closed = true;
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = true;
  static_cast<void>(db_->Flush(flush, full->handle()));  // else it happens with the next one
}

// False: nothing may be evicted, because it is the newest slice or too young.
bool DiskRecords::evict_oldest() {
  const auto before = topology();
  const SlicePtr oldest = before->slices.front();
  if (before->slices.size() < 2 || !oldest->closed || oldest->writers != 0 ||
      now_ms() < oldest->last_put_ms() + kYouthMs) {
    return false;
  }
  Topology next = *before;
  next.slices.erase(next.slices.begin());
  oldest_slice_.store(next.slices.front()->id(), std::memory_order_release);
  publish(std::move(next));
  for (const auto& [set, share] : oldest->shares()) {
    losses_.note(set);
    evicted_ += static_cast<std::uint64_t>(share.records);
  }
  if (const auto status = db_->DropColumnFamily(oldest->handle()); !status.ok()) {
    ++errors_;
    complain("the disk cache cannot drop a slice", status.ToString());
  }
  return true;
}

// Records whose lease ran out without another put move to the newest slice, where they can be
// evicted; expired ones go.
void DiskRecords::sweep_held() {
  const SlicePtr held = topology()->held;
  const DiskTime now = now_ms();
  std::vector<std::pair<std::string, std::string>> over;
  {
    rocksdb::ReadOptions how;
    how.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(how, held->handle()));
    const char letter = static_cast<char>(Part::kAttributes);
    for (at->Seek(rocksdb::Slice(&letter, 1)); at->Valid() && over.size() < kHeldSweepMax;
         at->Next()) {
      const std::string_view name(at->key().data(), at->key().size());
      std::string_view set;
      std::string_view key;
      if (name.front() != letter || !split_disk_key(name, set, key)) {
        break;
      }
      const auto stored = decode_attributes(name, {at->value().data(), at->value().size()}, {});
      if (!stored || stored->meta.held_until_ms <= now || stored->meta.expires_ms <= now) {
        over.emplace_back(set, key);
      }
    }
  }
  for (const auto& [set, key] : over) {
    if (const auto released = release_held(set, key); !released) {
      complain("the disk cache cannot move a record", released.error().message);
      return;
    }
  }
}

Result<void> DiskRecords::release_held(const std::string& set, const std::string& key) {
  const StripeLocks locks(*this, {stripe_of(set, key)});
  const Pin pin(*this);
  LAYER_ASSIGN(Located located, locate(*topology(), set, key, BinSet::all()));
  if (located.presence == Presence::kAbsent || located.slice->id() != kHeldSlice) {
    return {};
  }
  const StoredMeta& meta = located.stored.meta;
  if (located.presence == Presence::kPresent && meta.has_vectors) {
    LAYER_TRY(add_vectors(set, key, located));
  }
  if (located.presence == Presence::kCorrupt) {
    return damaged(set, key, located);
  }
  if (!live(located, now_ms())) {
    losses_.note(set);
    return discard(set, key, located);
  }
  if (meta.held_until_ms > now_ms()) {
    return {};
  }
  // The version stays: for those who saw the record nothing has happened.
  const Bins& bins = located.stored.record.bins;
  const std::string attributes_key = disk_key(Part::kAttributes, set, key);
  const std::string vectors_key = disk_key(Part::kVectors, set, key);
  rocksdb::WriteBatch batch;
  batch.Put(pin.slice()->handle(), attributes_key, encode_attributes(attributes_key, meta, bins));
  batch.Delete(located.slice->handle(), attributes_key);
  if (const Bytes& vectors = bins[static_cast<std::size_t>(Bin::kVectors)]) {
    batch.Put(pin.slice()->handle(), vectors_key,
              encode_vectors(vectors_key, meta.version, *vectors));
    batch.Delete(located.slice->handle(), vectors_key);
  }
  LAYER_TRY(write(batch));
  pin.slice()->add(set, located.bytes, meta.expires_ms, now_ms());
  located.slice->take(set, located.bytes);
  return {};
}

// A file of the slice cannot be read: all its records are lost.
void DiskRecords::drop_damaged(const SlicePtr& slice) {
  const std::lock_guard lock(upkeep_mutex_);
  ++errors_;
  complain("a file of the disk cache is damaged; its records are dropped",
           Slice::family_name(slice->id()));
  ++generation_;  // leases may be lost, and copies elsewhere must go
  const auto shares = slice->shares();
  for (const auto& [set, share] : shares) {
    losses_.note(set);
    corrupt_ += static_cast<std::uint64_t>(share.records);
  }
  if (slice->id() == kHeldSlice) {
    rocksdb::WriteBatch batch;
    batch.DeleteRange(slice->handle(), std::string(1, static_cast<char>(Part::kAttributes)),
                      std::string(1, static_cast<char>(Part::kVectors) + 1));
    static_cast<void>(write(batch));
    for (const auto& [set, share] : shares) {
      slice->take_all(set);
    }
    return;
  }
  if (topology()->slices.back() == slice) {
    rotate();
  }
  Topology next = *topology();
  if (next.slices.size() < 2 || std::erase(next.slices, slice) == 0) {
    return;
  }
  if (slice->id() < next.slices.front()->id()) {
    oldest_slice_.store(next.slices.front()->id(), std::memory_order_release);
  }
  publish(std::move(next));
  static_cast<void>(db_->DropColumnFamily(slice->handle()));
}

// Once a minute, whatever the disk does.
void DiskRecords::complain(std::string_view what, std::string_view detail) {
  DiskTime due = next_complaint_ms_.load();
  const DiskTime now = now_ms();
  if (now >= due && next_complaint_ms_.compare_exchange_strong(due, now + kComplaintMs)) {
    logger_.warn(what, {{"detail", detail}});
  }
}

}  // namespace layer::cache
