// What looks at many records: scans, counts, truncation, the search for expired ones.
#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "cache/rocksdb/disk_records.h"
#include "cache/rocksdb/disk_stripes.h"

namespace layer::cache {
namespace {

// Bounds of one page beside the caller's: its bytes, and the records that are passed over.
constexpr std::size_t kPageBytesMax = 8 * core::limits::kMiB;
constexpr std::size_t kPageStepsMax = 10'000;
// A set is not searched for expired records more often; meanwhile losses() rises by itself.
constexpr DiskTime kSweepPauseMs = 10'000;
constexpr std::size_t kSweepsMax = 10'000;

// One moment of all slices.
class Moment {
 public:
  explicit Moment(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~Moment() { db_.ReleaseSnapshot(snapshot_); }
  Moment(const Moment&) = delete;
  Moment& operator=(const Moment&) = delete;
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// The attributes of a set in one slice, from `from` on.
class Walk {
 public:
  Walk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::Snapshot* snapshot,
       std::string_view set, const std::string& from)
      : end_(disk_set_end(Part::kAttributes, set)), bound_(end_) {
    rocksdb::ReadOptions how;
    how.snapshot = snapshot;
    how.fill_cache = false;  // a scan must not push out what single reads use
    how.iterate_upper_bound = &bound_;
    at_.reset(db.NewIterator(how, family));
    at_->Seek(from);
  }
  bool valid() const { return at_->Valid(); }
  std::string_view key() const { return view(at_->key()); }
  std::string_view value() const { return view(at_->value()); }
  void next() { at_->Next(); }
  rocksdb::Status status() const { return at_->status(); }

 private:
  std::string end_;
  rocksdb::Slice bound_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

// By key over all slices at one moment, so that a record which a put moves to another slice is on
// one page. A cursor is the last key of the page before.
Result<ScanPage> DiskRecords::scan(const std::string& set, const std::string& cursor,
                                   std::size_t limit, BinSet bins) {
  const Moment moment(*db_);  // before the slices: what moved since is still where it was
  const auto slices = topology();
  const DiskTime now = now_ms();
  const std::string from = cursor.empty() ? disk_set_begin(Part::kAttributes, set)
                                          : disk_key(Part::kAttributes, set, cursor) + '\0';
  std::vector<std::pair<SlicePtr, std::unique_ptr<Walk>>> walks;
  slices->each([&](const SlicePtr& slice) {
    walks.emplace_back(slice,
                       std::make_unique<Walk>(*db_, slice->handle(), moment.get(), set, from));
  });
  ScanPage page;
  std::size_t bytes = 0;
  for (std::size_t steps = 0;; ++steps) {
    Walk* least = nullptr;
    SlicePtr home;
    for (const auto& [slice, walk] : walks) {
      if (!walk->status().ok()) {
        const Error error = error_of(walk->status());
        if (error.code == ErrorCode::kCorrupt) {
          drop_damaged(slice);
          return fail(ErrorCode::kIo,
                      "a file of the disk cache is damaged; its records are dropped");
        }
        ++errors_;
        return std::unexpected(error);
      }
      if (walk->valid() && (least == nullptr || walk->key() < least->key())) {
        least = walk.get();
        home = slice;
      }
    }
    if (least == nullptr) {
      return page;
    }
    std::string_view name_of_set;
    std::string_view key;
    split_disk_key(least->key(), name_of_set, key);
    auto stored = decode_attributes(least->key(), least->value(), bins);
    if (stored && stored->meta.expires_ms > now) {
      Located located{.presence = Presence::kPresent, .slice = home, .stored = std::move(*stored)};
      if (bins.has(Bin::kVectors) && located.stored.meta.has_vectors) {
        LAYER_ASSIGN(auto whole, get_one(set, std::string(key), bins));
        located.presence = whole ? Presence::kPresent : Presence::kAbsent;
        if (whole) {
          located.stored = std::move(*whole);
        }
      }
      if (located.presence == Presence::kPresent) {
        bytes += least->value().size() + located.stored.meta.vectors_bytes;
        page.records.push_back(
            {.key = std::string(key), .record = std::move(located.stored.record)});
      }
    } else if (!stored) {
      LAYER_TRY(get_locked(set, std::string(key), {}));  // says so, and takes it out
    }
    if (page.records.size() == limit || bytes >= kPageBytesMax || steps == kPageStepsMax) {
      page.cursor = std::string(key);
      return page;
    }
    least->next();
  }
}

Result<std::uint64_t> DiskRecords::count(const std::string& set) {
  if (!losses_known(set)) {
    return sweep(set);
  }
  std::int64_t count = 0;
  topology()->each([&](const SlicePtr& slice) { count += slice->share(set).records; });
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, count));
}

std::optional<std::uint64_t> DiskRecords::losses_known(const std::string& set) const {
  DiskTime first = kNever;
  topology()->each(
      [&](const SlicePtr& slice) { first = std::min(first, slice->share(set).min_expires_ms); });
  return first > now_ms() ? std::optional(losses_.of(set)) : std::nullopt;
}

Result<std::uint64_t> DiskRecords::losses(const std::string& set) {
  if (!losses_known(set)) {
    if (swept_just_now(set)) {
      losses_.note(set);
    } else {
      LAYER_TRY(sweep(set));
    }
  }
  return losses_.of(set);
}

bool DiskRecords::swept_just_now(const std::string& set) {
  const std::lock_guard lock(sweeps_mutex_);
  const auto at = sweeps_.find(set);
  return at != sweeps_.end() && now_ms() < at->second + kSweepPauseMs;
}

// Takes the expired records of the set out, counts the others, and learns when the next expires.
Result<std::uint64_t> DiskRecords::sweep(const std::string& set) {
  {
    const std::lock_guard lock(sweeps_mutex_);
    if (sweeps_.size() == kSweepsMax) {
      sweeps_.clear();
    }
    sweeps_[set] = now_ms();
  }
  // Puts of now on tell the slices themselves when they expire.
  topology()->each([&](const SlicePtr& slice) { slice->forget_expiry(set); });
  const Moment moment(*db_);
  const auto slices = topology();
  std::uint64_t count = 0;
  std::vector<std::string> doomed;
  Result<void> outcome;
  slices->each([&](const SlicePtr& slice) {
    if (outcome) {
      outcome = sweep_slice(set, *slice, moment.get(), doomed, count);
      if (!outcome && outcome.error().code == ErrorCode::kCorrupt) {
        drop_damaged(slice);
        outcome = {};
      }
    }
  });
  LAYER_TRY(outcome);
  for (const std::string& key : doomed) {
    LAYER_TRY(drop_expired(set, key));
  }
  return count;
}

Result<void> DiskRecords::sweep_slice(const std::string& set, Slice& slice,
                                      const rocksdb::Snapshot* snapshot,
                                      std::vector<std::string>& doomed,
                                      std::uint64_t& count) const {
  const DiskTime now = now_ms();
  Walk walk(*db_, slice.handle(), snapshot, set, disk_set_begin(Part::kAttributes, set));
  std::uint64_t found = 0;
  for (; walk.valid(); walk.next()) {
    const auto stored = decode_attributes(walk.key(), walk.value(), {});
    if (stored && stored->meta.expires_ms > now) {
      ++found;
      slice.lower_expiry(set, stored->meta.expires_ms);
      continue;
    }
    std::string_view name_of_set;
    std::string_view key;
    split_disk_key(walk.key(), name_of_set, key);
    doomed.emplace_back(key);
  }
  if (!walk.status().ok()) {
    ++errors_;
    return std::unexpected(error_of(walk.status()));
  }
  count += found;
  return {};
}

// Expired or damaged: it may have been put again meanwhile.
Result<void> DiskRecords::drop_expired(const std::string& set, const std::string& key) {
  const StripeLocks locks(*this, {stripe_of(set, key)});
  LAYER_ASSIGN(const Located located, locate(*topology(), set, key, {}));
  if (located.presence == Presence::kCorrupt) {
    return damaged(set, key, located);
  }
  if (located.presence == Presence::kAbsent || live(located, now_ms())) {
    return {};
  }
  losses_.note(set);
  return discard(set, key, located);
}

// All stripes are locked: nothing is put meanwhile, so that the slices' accounts stay true.
Result<void> DiskRecords::truncate(const std::string& set) {
  std::vector<std::size_t> all(kStripes);
  std::iota(all.begin(), all.end(), 0);
  const StripeLocks locks(*this, std::move(all));
  const auto slices = topology();
  rocksdb::WriteBatch batch;
  slices->each([&](const SlicePtr& slice) {
    if (slice->share(set).records > 0) {
      for (const Part part : {Part::kAttributes, Part::kVectors}) {
        batch.DeleteRange(slice->handle(), disk_set_begin(part, set), disk_set_end(part, set));
      }
    }
  });
  LAYER_TRY(write(batch));
  slices->each([&](const SlicePtr& slice) { slice->take_all(set); });
  return {};
}

}  // namespace layer::cache
