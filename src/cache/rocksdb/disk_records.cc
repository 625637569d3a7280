#include "cache/rocksdb/disk_records.h"

#include <memory>
#include <utility>

#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include "cache/rocksdb/disk_stripes.h"

namespace layer::cache {
namespace {

constexpr std::size_t kVectorsBin = static_cast<std::size_t>(Bin::kVectors);

}  // namespace

Result<std::unique_ptr<DiskRecords>> DiskRecords::open(DiskOptions options,
                                                       const core::Clock& clock,
                                                       core::Logger& logger) {
  LAYER_ASSIGN(OpenedDatabase opened, open_database(options, clock.wall_ms(), logger));
  return std::unique_ptr<DiskRecords>(
      new DiskRecords(std::move(options), std::move(opened), clock, logger));
}

DiskRecords::DiskRecords(DiskOptions options, OpenedDatabase opened, const core::Clock& clock,
                         core::Logger& logger)
    : options_(std::move(options)),
      bytes_max_(std::max(options_.bytes_max, kDiskBytesMin)),
      slice_bytes_(slice_bytes_max(options_)),
      clock_(clock),
      logger_(logger),
      start_wall_ms_(clock.wall_ms()),
      start_steady_(clock.steady()),
      lock_(std::move(opened.lock)),
      db_(std::move(opened.db)),
      family_(family_options(options_)),
      versions_(opened.last_version),
      oldest_slice_(opened.slices.at(1)->id()) {
  // Slices that come later share the block cache of those that were opened.
  rocksdb::ColumnFamilyDescriptor first;
  if (opened.slices.front()->handle()->GetDescriptor(&first).ok()) {
    family_ = first.options;
  }
  Topology topology{.held = std::move(opened.slices.front())};
  topology.slices.assign(std::make_move_iterator(opened.slices.begin() + 1),
                         std::make_move_iterator(opened.slices.end()));
  publish(std::move(topology));
}

DiskRecords::~DiskRecords() {
  topology_.reset();  // the slices go before the database
}

Result<std::vector<std::optional<StoredRecord>>> DiskRecords::get(const std::string& set,
                                                                  std::span<const std::string> keys,
                                                                  BinSet bins) {
  std::vector<std::optional<StoredRecord>> records;
  records.reserve(keys.size());
  for (const std::string& key : keys) {
    LAYER_ASSIGN(auto record, get_one(set, key, bins));
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::optional<StoredRecord>> DiskRecords::get_one(const std::string& set,
                                                         const std::string& key, BinSet bins) {
  const Stripe& stripe = stripes_[stripe_of(set, key)];
  const std::uint64_t before = stripe.sequence.load();
  LAYER_ASSIGN(Located located, locate(*topology(), set, key, bins));
  const bool undisturbed = before % 2 == 0 && stripe.sequence.load() == before;
  if (located.presence == Presence::kPresent) {
    if (!live(located, now_ms())) {
      return std::nullopt;
    }
    if (!bins.has(Bin::kVectors) || !located.stored.meta.has_vectors) {
      return std::move(located.stored);
    }
    if (undisturbed) {
      LAYER_TRY(add_vectors(set, key, located));
      if (located.presence == Presence::kPresent && stripe.sequence.load() == before) {
        return std::move(located.stored);
      }
    }
  } else if (located.presence == Presence::kAbsent && undisturbed) {
    return std::nullopt;
  }
  return get_locked(set, key, bins);
}

// While nobody writes: the record was moving, or its bytes are damaged.
Result<std::optional<StoredRecord>> DiskRecords::get_locked(const std::string& set,
                                                            const std::string& key, BinSet bins) {
  const StripeLocks locks(*this, {stripe_of(set, key)});
  LAYER_ASSIGN(Located located, locate(*topology(), set, key, bins));
  if (located.presence == Presence::kPresent && bins.has(Bin::kVectors) &&
      located.stored.meta.has_vectors) {
    LAYER_TRY(add_vectors(set, key, located));
  }
  if (located.presence == Presence::kCorrupt) {
    // It is gone for its reader, also where it cannot be removed: a database that met damage while
    // it merged files writes nothing any more.
    (void)damaged(set, key, located);
    return std::nullopt;
  }
  if (!live(located, now_ms())) {
    return std::nullopt;
  }
  return std::move(located.stored);
}

Result<DiskRecords::Located> DiskRecords::locate(const Topology& topology, const std::string& set,
                                                 const std::string& key, BinSet bins) const {
  const std::string name = disk_key(Part::kAttributes, set, key);
  Located located;
  Result<void> outcome;
  topology.each([&](const SlicePtr& slice) {
    if (located.slice || !outcome) {
      return;
    }
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get({}, slice->handle(), name, &value);
    if (status.IsNotFound()) {
      return;
    }
    if (!status.ok() && !status.IsCorruption()) {
      ++errors_;
      outcome = std::unexpected(error_of(status));
      return;
    }
    located.slice = slice;
    located.presence = Presence::kCorrupt;
    located.bytes = value.size();
    if (!status.ok()) {
      return;
    }
    if (auto stored = decode_attributes(name, {value.data(), value.size()}, bins)) {
      located.presence = Presence::kPresent;
      located.stored = std::move(*stored);
      located.stored.meta.slice = slice->id();
      located.bytes += located.stored.meta.vectors_bytes;
    }
  });
  LAYER_TRY(outcome);
  return located;
}

// Vectors of another version or none at all make the record a corrupt one.
Result<void> DiskRecords::add_vectors(const std::string& set, const std::string& key,
                                      Located& located) const {
  const std::string name = disk_key(Part::kVectors, set, key);
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, located.slice->handle(), name, &value);
  if (!status.ok() && !status.IsCorruption() && !status.IsNotFound()) {
    ++errors_;
    return std::unexpected(error_of(status));
  }
  const auto vectors = decode_vectors(
      name, status.ok() ? std::string_view(value.data(), value.size()) : std::string_view());
  if (!vectors || vectors->version != located.stored.meta.version) {
    located.presence = Presence::kCorrupt;
    return {};
  }
  located.stored.record.bins[kVectorsBin] = std::make_shared<const std::string>(vectors->bytes);
  return {};
}

bool DiskRecords::live(const Located& located, DiskTime now) const {
  return located.presence == Presence::kPresent && located.stored.meta.expires_ms > now;
}

Result<void> DiskRecords::remove(const std::string& set, std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    const StripeLocks locks(*this, {stripe_of(set, key)});
    LAYER_ASSIGN(const Located located, locate(*topology(), set, key, {}));
    if (located.presence != Presence::kAbsent) {
      LAYER_TRY(discard(set, key, located));
    }
  }
  return {};
}

// Precondition: the stripe's lock.
Result<void> DiskRecords::discard(const std::string& set, const std::string& key,
                                  const Located& located) {
  rocksdb::WriteBatch batch;
  batch.Delete(located.slice->handle(), disk_key(Part::kAttributes, set, key));
  batch.Delete(located.slice->handle(), disk_key(Part::kVectors, set, key));
  LAYER_TRY(write(batch));
  located.slice->take(set, located.bytes);
  return {};
}

// A record whose bytes are damaged is lost, and gone for good. Precondition: the stripe's lock.
Result<void> DiskRecords::damaged(const std::string& set, const std::string& key,
                                  const Located& located) {
  ++corrupt_;
  losses_.note(set);
  complain("a cached record was damaged on disk; it is read from the store again", set);
  return discard(set, key, located);
}

Result<void> DiskRecords::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions how;
  how.disableWAL = true;
  how.ignore_missing_column_families = true;  // a slice that was evicted meanwhile
  if (const rocksdb::Status status = db_->Write(how, &batch); !status.ok()) {
    ++errors_;
    complain("the disk cache cannot write", status.ToString());
    return std::unexpected(error_of(status));
  }
  return {};
}

DiskTime DiskRecords::now_ms() const {
  return start_wall_ms_ +
         std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - start_steady_)
             .count();
}

DiskStats DiskRecords::stats() const {
  DiskStats out{.disk_bytes = total_bytes(),
                .evicted = evicted_.load(),
                .corrupt = corrupt_.load(),
                .refused = refused_.load(),
                .stalls = stalls_.load(),
                .errors = errors_.load()};
  topology()->each([&](const SlicePtr& slice) { out.record_bytes += slice->live_bytes(); });
  return out;
}

Result<void> DiskRecords::close() {
  ClosedMarker marker{.last_version = versions_.load(), .closed_ms = now_ms()};
  const auto now = topology();
  std::vector<SlicePtr> slices{now->held};
  slices.insert(slices.end(), now->slices.begin(), now->slices.end());
  for (const SlicePtr& slice : slices) {
    if (const auto status = db_->Flush({}, slice->handle()); !status.ok()) {
      return std::unexpected(error_of(status));
    }
    marker.slices.push_back({.id = slice->id(),
                             .last_put_ms = slice->last_put_ms(),
                             .live_bytes = static_cast<std::int64_t>(slice->live_bytes()),
                             .shares = slice->shares()});
  }
  rocksdb::CancelAllBackgroundWork(db_.get(), /*wait=*/true);
  return leave_closed(options_.directory, encode_closed(marker));
}

std::shared_ptr<const DiskRecords::Topology> DiskRecords::topology() const {
  const std::lock_guard lock(topology_mutex_);
  return topology_;
}

void DiskRecords::publish(Topology topology) {
  auto next = std::make_shared<const Topology>(std::move(topology));
  const std::lock_guard lock(topology_mutex_);
  topology_.swap(next);
}

std::size_t DiskRecords::stripe_of(std::string_view set, std::string_view key) const {
  return (TextHash{}(key) ^ TextHash{}(set) * 3) % kStripes;
}

}  // namespace layer::cache
