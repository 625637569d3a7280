#include "cache/rocksdb/rocksdb_store.h"

#include <utility>

#include "cache/request_checks.h"

namespace layer::cache {

// Writers' announcements at the hot tier; those that are not ended with a record end without one,
// however the operation ends.
class RocksDbStore::Announced {
 public:
  Announced(RocksDbStore& store, const std::string& set)
      : store_(store), set_(set), view_(store.view()) {}
  ~Announced() {
    for (; ended_ < writes_.size(); ++ended_) {
      end(nullptr);
    }
  }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;

  // The key outlives this.
  void begin(const std::string& key) { writes_.push_back({&key, store_.hot_.begin(set_, key)}); }
  // In the order of the begins.
  void next(const StoredRecord* stored) {
    end(stored);
    ++ended_;
  }

 private:
  struct Write {
    const std::string* key;
    HotRecords::Ticket ticket;
  };
  void end(const StoredRecord* stored) {
    const Write& write = writes_[ended_];
    store_.hot_.end(set_, *write.key, write.ticket, stored, view_);
  }

  RocksDbStore& store_;
  const std::string& set_;
  // Of before the write: what is lost while it runs takes the copy along.
  const DiskView view_;
  std::vector<Write> writes_;
  std::size_t ended_ = 0;
};

Result<std::unique_ptr<RocksDbStore>> RocksDbStore::open(RocksDbOptions options,
                                                         async::CpuPool& pool,
                                                         const core::Clock& clock,
                                                         core::Logger& logger) {
  LAYER_ASSIGN(auto disk, DiskRecords::open(std::move(options.disk), clock, logger));
  return std::unique_ptr<RocksDbStore>(
      new RocksDbStore(std::move(disk), options.hot_bytes_max, pool));
}

RocksDbStore::RocksDbStore(std::unique_ptr<DiskRecords> disk, std::size_t hot_bytes_max,
                           async::CpuPool& pool)
    : disk_(std::move(disk)), hot_(hot_bytes_max), pool_(pool) {}

DiskView RocksDbStore::view() const {
  return {.now_ms = disk_->now_ms(),
          .oldest_slice = disk_->oldest_slice(),
          .generation = disk_->generation()};
}

// `work() -> Result<T>` on the pool. A pool that cannot take it is a cache that is too slow.
template <class T, class Work>
async::Task<Result<T>> RocksDbStore::on_disk(Work work) {
  auto ran = co_await pool_.run(std::move(work));
  if (!ran) {
    co_return fail(
        ran.error().code == ErrorCode::kCancelled ? ErrorCode::kCancelled : ErrorCode::kUnavailable,
        "the cache's disk: " + ran.error().message);
  }
  co_return std::move(*ran);
}

async::Task<Result<std::vector<std::optional<Record>>>> RocksDbStore::get(
    std::string set, std::vector<std::string> keys, BinSet bins) {
  LAYER_CO_TRY(check_keys(set, keys));
  std::vector<std::optional<Record>> records(keys.size());
  std::vector<std::string> missing;
  std::vector<std::pair<std::size_t, HotRecords::Ticket>> wanted;
  const DiskView before = view();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    HotRecords::Ticket ticket = 0;
    records[i] = hot_.find(set, keys[i], bins, before, ticket);
    if (!records[i]) {
      missing.push_back(std::move(keys[i]));
      wanted.emplace_back(i, ticket);
    }
  }
  if (missing.empty()) {
    co_return records;
  }
  // Whole but for vectors that nobody asked for, so that the copy serves every later reader.
  BinSet from_disk = BinSet::all();
  if (!bins.has(Bin::kVectors)) {
    from_disk = BinSet{}.with(Bin::kHead).with(Bin::kBody).with(Bin::kBase);
  }
  LAYER_CO_ASSIGN(auto found, co_await on_disk<std::vector<std::optional<StoredRecord>>>(
                                  [&] { return disk_->get(set, missing, from_disk); }));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) {
      const auto [index, ticket] = wanted[i];
      hot_.offer(set, missing[i], *found[i], before, ticket);
      records[index] = with_bins(found[i]->record, bins);
    }
  }
  co_return records;
}

async::Task<Result<std::vector<PutOutcome>>> RocksDbStore::put(std::string set,
                                                               std::vector<Put> puts) {
  LAYER_CO_TRY(check_puts(set, puts));
  Announced announced(*this, set);
  for (const Put& put : puts) {
    announced.begin(put.key);
  }
  LAYER_CO_ASSIGN(const auto done,
                  co_await on_disk<std::vector<StoredPut>>([&] { return disk_->put(set, puts); }));
  std::vector<PutOutcome> outcomes;
  outcomes.reserve(done.size());
  for (std::size_t i = 0; i < done.size(); ++i) {
    const StoredPut& one = done[i];
    if (one.outcome.kind == PutOutcome::Kind::kDone) {
      const StoredRecord stored{
          .record = {.bins = std::move(puts[i].bins), .version = one.outcome.version},
          .meta = one.meta};
      announced.next(&stored);
    } else {
      announced.next(nullptr);
    }
    outcomes.push_back(one.outcome);
  }
  co_return outcomes;
}

async::Task<Result<void>> RocksDbStore::remove(std::string set, std::vector<std::string> keys) {
  LAYER_CO_TRY(check_keys(set, keys));
  Announced announced(*this, set);
  for (const std::string& key : keys) {
    announced.begin(key);
  }
  co_return co_await on_disk<void>([&] { return disk_->remove(set, keys); });
}

async::Task<Result<ScanPage>> RocksDbStore::scan(std::string set, std::string cursor,
                                                 std::size_t limit, BinSet bins) {
  LAYER_CO_TRY(check_scan(set, limit));
  if (cursor.size() > kKeyBytesMax) {
    co_return fail(ErrorCode::kInvalidArgument, "not a cursor of a scan of this cache");
  }
  co_return co_await on_disk<ScanPage>([&] { return disk_->scan(set, cursor, limit, bins); });
}

async::Task<Result<std::uint64_t>> RocksDbStore::count(std::string set) {
  LAYER_CO_TRY(check_set(set));
  co_return co_await on_disk<std::uint64_t>([&] { return disk_->count(set); });
}

async::Task<Result<void>> RocksDbStore::truncate(std::string set) {
  LAYER_CO_TRY(check_set(set));
  co_return co_await on_disk<void>([&] {
    hot_.begin_truncate(set);
    auto done = disk_->truncate(set);
    hot_.end_truncate(set);
    return done;
  });
}

async::Task<Result<std::uint64_t>> RocksDbStore::losses(std::string set) {
  LAYER_CO_TRY(check_set(set));
  if (const auto known = disk_->losses_known(set)) {
    co_return *known;
  }
  co_return co_await on_disk<std::uint64_t>([&] { return disk_->losses(set); });
}

std::optional<StoreUsage> RocksDbStore::usage() const {
  const DiskStats now = stats();
  return StoreUsage{.bytes = now.disk_bytes, .evicted = now.evicted};
}

}  // namespace layer::cache
