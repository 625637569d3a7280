// Puts: conditions are decided and batches written under the locks of their stripes.
#include <memory>
#include <thread>
#include <unordered_set>
#include <utility>

#include <rocksdb/write_batch.h>

#include "cache/request_checks.h"
#include "cache/rocksdb/disk_records.h"
#include "cache/rocksdb/disk_stripes.h"

namespace layer::cache {
namespace {

// Puts that share a batch and its locks: enough to make the cost of a write small, few enough not
// to hold up others.
constexpr std::size_t kChunk = 64;
// How long a put waits for RocksDB to catch up with its merging before it is refused. A lease waits
// as long as it takes.
constexpr auto kStallMax = std::chrono::milliseconds(100);
constexpr auto kStallStep = std::chrono::milliseconds(2);
constexpr std::size_t kVectorsBin = static_cast<std::size_t>(Bin::kVectors);

DiskTime later_ms(DiskTime now, std::chrono::milliseconds span) {
  return span.count() >= kNever - now ? kNever : now + span.count();
}

}  // namespace

// What becomes of the slices' accounts once the batch is written.
struct DiskRecords::Change {
  Located before;
  SlicePtr target;
  std::size_t bytes = 0;
  DiskTime expires_ms = kNever;
};

struct DiskRecords::Plan {
  DiskTime now = 0;
  rocksdb::WriteBatch batch{};
  bool held = false;  // some put carries a lease: it waits where others would be refused
  std::vector<Change> changes{};
};

Result<std::vector<StoredPut>> DiskRecords::put(const std::string& set, std::span<const Put> puts) {
  std::vector<StoredPut> done;
  done.reserve(puts.size());
  while (!puts.empty()) {
    std::unordered_set<std::string_view> keys;  // of two puts of one key the second sees the first
    std::size_t count = 0;
    while (count < std::min(kChunk, puts.size()) && keys.insert(puts[count].key).second) {
      ++count;
    }
    if (room_ != Room::kFree) {
      upkeep();
    }
    const std::size_t before = done.size();
    LAYER_ASSIGN(bool written, put_chunk(set, puts.first(count), done));
    for (auto waited = kStallStep; !written && waited < kStallMax; waited += kStallStep) {
      std::this_thread::sleep_for(kStallStep);
      done.resize(before);
      LAYER_ASSIGN(written, put_chunk(set, puts.first(count), done));
    }
    if (!written) {
      ++stalls_;
      done.resize(before);
      done.resize(before + count, {.outcome = {.kind = PutOutcome::Kind::kRefused}});
    }
    puts = puts.subspan(count);
  }
  return done;
}

// False: RocksDB is behind, nothing was written and what stands in `done` is void.
Result<bool> DiskRecords::put_chunk(const std::string& set, std::span<const Put> puts,
                                    std::vector<StoredPut>& done) {
  std::size_t written = 0;
  {
    std::vector<std::size_t> stripes;
    for (const Put& put : puts) {
      stripes.push_back(stripe_of(set, put.key));
    }
    const StripeLocks locks(*this, std::move(stripes));
    const auto slices = topology();
    const Pin pin(*this);
    Plan plan{.now = now_ms()};
    for (const Put& put : puts) {
      LAYER_ASSIGN(StoredPut planned, plan_put(set, put, *slices, pin.slice(), plan));
      done.push_back(std::move(planned));
    }
    if (plan.changes.empty()) {
      return true;
    }
    rocksdb::WriteOptions how;
    how.disableWAL = true;
    how.ignore_missing_column_families = true;  // a slice that was evicted meanwhile
    how.no_slowdown = !plan.held;
    const rocksdb::Status status = db_->Write(how, &plan.batch);
    if (status.IsIncomplete()) {
      return false;
    }
    if (!status.ok()) {
      ++errors_;
      complain("the disk cache cannot write", status.ToString());
      return std::unexpected(error_of(status));
    }
    for (const Change& change : plan.changes) {
      change.target->add(set, change.bytes, change.expires_ms, plan.now);
      if (change.before.slice) {
        change.before.slice->take(set, change.before.bytes);
      }
      written += change.bytes;
    }
  }
  note_written(written);
  return true;
}

// A lease and what settles it are refused last: a write waits for them.
bool DiskRecords::has_room(bool held, const Located& before, const Topology& topology) const {
  const Room room = room_;
  if (held) {
    return room != Room::kNone && topology.held->live_bytes() <= slice_bytes_;
  }
  const bool settles = before.slice && before.slice->id() == kHeldSlice;
  return room == Room::kFree || (settles && room == Room::kForWrites);
}

// Adds one put to the batch. Precondition: the stripe's lock.
Result<StoredPut> DiskRecords::plan_put(const std::string& set, const Put& put,
                                        const Topology& topology, const SlicePtr& current,
                                        Plan& plan) {
  using Outcome = PutOutcome::Kind;
  LAYER_ASSIGN(Located before, locate(topology, set, put.key, {}));
  const bool there = live(before, plan.now);
  const Condition& condition = put.condition;
  if ((condition.kind == Condition::Kind::kAbsent && there) ||
      (condition.kind == Condition::Kind::kVersion &&
       (!there || before.stored.meta.version != condition.version))) {
    return StoredPut{.outcome = {.kind = Outcome::kConflict}};
  }
  const bool held = put.hold > std::chrono::milliseconds::zero();
  if (!has_room(held, before, topology)) {
    ++refused_;
    return StoredPut{.outcome = {.kind = Outcome::kRefused}};
  }
  if (before.presence != Presence::kAbsent && !there) {  // expired, or damaged
    losses_.note(set);
    corrupt_ += before.presence == Presence::kCorrupt ? 1 : 0;
  }
  const Bytes& vectors = put.bins[kVectorsBin];
  const SlicePtr& target = held ? topology.held : current;
  StoredMeta meta{.version = ++versions_,
                  .expires_ms = later_ms(plan.now, put.ttl),
                  .held_until_ms = held ? later_ms(plan.now, put.hold) : 0,
                  .vectors_bytes = vectors ? vectors->size() : 0,
                  .has_vectors = vectors != nullptr,
                  .slice = target->id()};
  const std::string attributes_key = disk_key(Part::kAttributes, set, put.key);
  const std::string vectors_key = disk_key(Part::kVectors, set, put.key);
  const std::string attributes = encode_attributes(attributes_key, meta, put.bins);
  const bool moves = before.slice && before.slice != target;
  if (moves) {
    plan.batch.Delete(before.slice->handle(), attributes_key);
  }
  if (before.slice && (moves || !vectors) &&
      (before.stored.meta.has_vectors || before.presence == Presence::kCorrupt)) {
    plan.batch.Delete(before.slice->handle(), vectors_key);
  }
  plan.batch.Put(target->handle(), attributes_key, attributes);
  if (vectors) {
    plan.batch.Put(target->handle(), vectors_key,
                   encode_vectors(vectors_key, meta.version, *vectors));
  }
  plan.held = plan.held || held;
  plan.changes.push_back({.before = std::move(before),
                          .target = target,
                          .bytes = attributes.size() + meta.vectors_bytes,
                          .expires_ms = meta.expires_ms});
  return StoredPut{.outcome = {.kind = Outcome::kDone, .version = meta.version}, .meta = meta};
}

}  // namespace layer::cache
